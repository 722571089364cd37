import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type AccountRig, accountRig } from "./account-rig.js";

const CUSTOMERS = "stripe_ingest_customers";

/** Members of an object that a careless reader changes or loses. */
const KINDS: readonly (readonly [kind: string, members: string])[] = [
  ["unknown fields", '"field_of_next_year":{"a":[1,{"b":null}]}'],
  ["unknown enum values", '"status":"of_next_year"'],
  ["decimals as strings", '"unit_amount_decimal":"1.230000000000"'],
  ["decimals with zeros at their end", '"n":1.230000000000'],
  ["2^53 + 1", '"n":9007199254740993'],
  ["integers larger than 64 bits", '"n":123456789012345678901234567890'],
  ["numbers beyond a double", '"n":1e400,"m":-1E+400'],
  ["minus zero", '"n":-0,"m":-0.0'],
  ["more digits than a double has", '"n":0.12345678901234567890123'],
  ["nulls", '"nothing":null,"list":[null]'],
  ["empty values", '"a":"","b":{},"c":[]'],
  ["emoji and combining marks", '"s":"😀 zoë e\u0301 👩‍👩‍👧"'],
  ["escapes that need not be", '"s":"\\u0041\\/\\u00e9"'],
  ["lone surrogates", '"s":"\\ud83d","\\udfff":"a\\ud800b"'],
  ["NUL and other control characters", '"s":"a\\u0000b\\u001f\\u007f\\u2028"'],
  ["__proto__ and its like", '"__proto__":{"polluted":true},"constructor":1,"toString":2'],
  ["members of one name", '"twice":1,"twice":2,"id2":{"a":1,"a":{}}'],
  ["a nesting of 400", `"deep":${'{"d":'.repeat(200)}${"[".repeat(200)}1${"]".repeat(200)}${"}".repeat(200)}`],
  ["ten megabytes", `"notes":"${"0123456789".repeat(1_000_000)}"`],
  ["text that looks like SQL", `"s":"'; DROP TABLE raw_objects; --","t":"\\"$1{}%s"`],
];

const idOf = (index: number): string => `cus_kind${String(index).padStart(3, "0")}`;
const textOf = (index: number, members: string): string =>
  `{"id":"${idOf(index)}","object":"customer","created":${1_700_000_000 + index},${members},"livemode":true}`;

/** An item of a list as Stripe's answer has it, between the line that begins it and the comma or bracket after it. */
async function sentBy(rig: AccountRig, url: string): Promise<string> {
  const response = await fetch(`${rig.sandbox.url}${url}`, { headers: { authorization: `Bearer ${rig.sandbox.key}` } });
  return response.text();
}

describe.each(["compact", "indented"] as const)("an object that comes %s", (layout) => {
  let rig: AccountRig;
  const held = new Map<string, string>();
  const readRows = async (): Promise<void> => {
    const rows = await rig.rows("SELECT external_id, payload FROM events_dev.raw_objects");
    for (const [id, payload] of rows) held.set(String(id), String(payload));
  };

  beforeAll(async () => {
    rig = await accountRig({ scenario: "empty", layout, latency: "none" });
    for (const [index, [, members]] of KINDS.entries()) rig.sandbox.put("customer", textOf(index, members));
    expect(await rig.json("run", CUSTOMERS)).toMatchObject({
      code: 0,
      document: { jobs: [{ inserted: KINDS.length, quarantined: 0 }] },
    });
    await readRows();
  });
  afterAll(() => rig[Symbol.asyncDispose]());

  it.each(KINDS.map(([kind], index) => [kind, index] as const))("is stored byte for byte with %s", async (_, index) => {
    const payload = held.get(idOf(index)) ?? "";
    // Not toContain: its message would show ten megabytes.
    expect((await sentBy(rig, `/v1/customers?limit=1&created=${1_700_000_000 + index}`)).includes(payload)).toBe(true);
    expect(payload.startsWith("{") && payload.endsWith("}")).toBe(true);
    const members = KINDS[index]?.[1] ?? "";
    if (layout === "compact") expect(payload === textOf(index, members)).toBe(true);
  });

  it("is unchanged in the next run, equal for verify, and whole when it is read singly after a change", async () => {
    rig.clock.advance(86_400_000);
    const [next] = (await rig.json("run", CUSTOMERS, "--full")).document.jobs;
    expect(next).toMatchObject({ inserted: 0, updated: 0, deleted: 0 });
    expect((await rig.run("verify", CUSTOMERS)).code).toBe(0);

    for (const index of KINDS.keys())
      rig.sandbox.putFields("customer", idOf(index), { balance: "5.10" }, { event: "customer.updated" });
    rig.clock.advance(86_400_000);
    expect((await rig.json("run", CUSTOMERS)).document.jobs[0]).toMatchObject({ updated: KINDS.length });
    await readRows();
    for (const [index, [, members]] of KINDS.entries()) {
      const expected = `${textOf(index, members).slice(0, -1)},"balance":5.10}`;
      const alone = await sentBy(rig, `/v1/customers/${idOf(index)}`);
      const payload = held.get(idOf(index)) ?? "";
      const listed = await sentBy(rig, `/v1/customers?limit=1&created=${1_700_000_000 + index}`);
      expect([index, alone.includes(payload) || listed.includes(payload)]).toEqual([index, true]);
      if (layout === "compact") expect([index, payload === expected]).toEqual([index, true]);
    }
  });
});
