/** The text of a new `lorchestra.yaml`, which explains itself. */
export function projectTemplate({ warehouse, connection }: { warehouse: string; connection: string }): string {
  const account = connection.replace(/^stripe[-_.]/, "");
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
