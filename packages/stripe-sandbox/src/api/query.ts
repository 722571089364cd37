import { stripeError } from "./stripe-error.js";

/** The parameters of a request: `types[]=a&types[]=b` and `types[0]=a` under `types`, `created[gte]` as it stands. */
export type Query = ReadonlyMap<string, readonly string[]>;

export function readQuery(search: string): Query {
  const query = new Map<string, string[]>();
  for (const [name, value] of new URLSearchParams(search)) {
    const plain = name.replace(/\[\d*\]$/, "");
    const values = query.get(plain);
    if (values === undefined) query.set(plain, [value]);
    else values.push(value);
  }
  return query;
}

/** Refuses the first parameter that the endpoint does not know. */
export function checkNames(query: Query, isKnown: (name: string) => boolean): void {
  for (const name of query.keys()) {
    if (isKnown(name)) continue;
    throw stripeError(400, {
      code: "parameter_unknown",
      message: `Received unknown parameter: ${name}`,
      param: name,
    });
  }
}

/** The value of a parameter that can be given once. */
export function oneOf(query: Query, name: string): string | undefined {
  return query.get(name)?.at(-1);
}

/** A whole number, or undefined when the parameter is absent. */
export function integerOf(query: Query, name: string): number | undefined {
  const text = oneOf(query, name);
  if (text === undefined) return undefined;
  if (/^-?\d{1,15}$/.test(text)) return Number(text);
  throw stripeError(400, {
    code: "parameter_invalid_integer",
    message: `Invalid integer: ${text}`,
    param: name,
  });
}
