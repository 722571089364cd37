/** The text of a new `lorchestra.yaml`, which explains itself. */
export function projectTemplate({ warehouse, connection }: { warehouse: string; connection: string }): string {
  // What an identity may not begin with, stays behind it.
  const account = connection.replace(/^stripe[-_.](?=[A-Za-z0-9])/, "");
  return `# Read by lorchestra in this folder and in all below it. Every setting: docs/configuration.md
warehouse: ${JSON.stringify(warehouse)}

connections:
  ${connection}: # connection_name in every table
    identity: stripe:${account}
    provider: stripe
    description: ""
    api_key_env: STRIPE_API_KEY # a reference: the key itself goes into .env or the environment
`;
}
