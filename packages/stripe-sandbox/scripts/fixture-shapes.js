// Computes the keys and JSON types of Stripe's sample objects, for a test to compare the sandbox's objects with.
// The samples themselves stay outside of this repository:
//   node packages/stripe-sandbox/scripts/fixture-shapes.js path/to/fixtures3.json
import { readFileSync, writeFileSync } from "node:fs";

const TYPES = ["account", "charge", "customer", "deleted_customer", "event", "invoice", "payment_intent", "refund"];

const [source] = process.argv.slice(2);
if (source === undefined) {
  process.stderr.write("usage: fixture-shapes.js path/to/fixtures3.json\n");
  process.exit(2);
}
const { resources } = JSON.parse(readFileSync(source, "utf8"));

const shapes = {};
for (const type of TYPES) {
  shapes[type] = {};
  for (const [path, jsonType] of pathsOf(resources[type])) shapes[type][path] = jsonType;
}
const target = new URL("../test/fixtures/shapes.json", import.meta.url);
writeFileSync(target, `${JSON.stringify(shapes, null, 2)}\n`);
process.stdout.write(`${target.pathname}\n`);

/** Each path with its JSON type: `lines.data[].amount` → number. What lies inside an event's object is not its own. */
function* pathsOf(value, path = "") {
  if (Array.isArray(value)) {
    for (const item of value) yield* pathsOf(item, `${path}[]`);
  } else if (value !== null && typeof value === "object" && path !== "data.object") {
    for (const [key, member] of Object.entries(value)) {
      const at = path === "" ? key : `${path}.${key}`;
      yield [at, typeOf(member)];
      yield* pathsOf(member, at);
    }
  }
}

function typeOf(value) {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}
