import { describe, expect, it } from "vitest";
import { type Sandbox, startSandbox } from "../src/index.js";
import { get } from "./client.js";

/** Members that a careless reader changes or loses. */
const ODDITIES = [
  '"decimal":1.230000000000',
  '"beyond":9007199254740993',
  '"unknown_enum":"of_next_year"',
  '"nothing":null',
  '"emoji":"😀 zoë"',
  '"lone":"\\ud83d"',
  '"nul":"a\\u0000b"',
  '"__proto__":{"polluted":true}',
  '"twice":1,"twice":2',
  `"deep":${'{"d":'.repeat(400)}1${"}".repeat(400)}`,
];

const object = (id: string, members: string): string =>
  `{"id":"${id}","object":"customer","created":1790000000,${members},"livemode":true}`;

/** The text of the only object in a compact list. */
const onlyItem = (text: string): string => /"data":\[(.*)\],"has_more"/s.exec(text)?.[1] ?? "";

async function textsOf(sandbox: Sandbox, id: string): Promise<string[]> {
  return [
    onlyItem((await get(sandbox, "/v1/customers")).text),
    (await get(sandbox, `/v1/customers/${id}`)).text,
    [...sandbox.truth("customer")][0]?.json ?? "",
  ];
}

describe("an object put in as text", () => {
  it.each(ODDITIES)("is served character by character: %.60s", async (member) => {
    await using sandbox = await startSandbox();
    const text = object("cus_odd", member);
    sandbox.put("customer", text, { event: "customer.created" });
    for (const served of await textsOf(sandbox, "cus_odd")) expect(served).toBe(text);
    expect((await get(sandbox, "/v1/events")).text).toContain(text);
  });

  it("may have ten megabytes", async () => {
    await using sandbox = await startSandbox();
    const text = object("cus_big", `"notes":"${"0123456789".repeat(1_000_000)}"`);
    sandbox.put("customer", text);
    for (const served of await textsOf(sandbox, "cus_big")) expect(served === text).toBe(true);
    sandbox.settings.layout = "indented";
    expect((await get(sandbox, "/v1/customers/cus_big")).json).toEqual(JSON.parse(text));
  });

  it("takes fields as text, and keeps the rest", async () => {
    await using sandbox = await startSandbox();
    sandbox.put("customer", object("cus_1", '"balance":0.10'));
    sandbox.putFields("customer", "cus_1", { balance: "1.50", extra: '{"a":1.0}' }, { event: "customer.updated" });
    const expected =
      '{"id":"cus_1","object":"customer","created":1790000000,"balance":1.50,"livemode":true,"extra":{"a":1.0}}';
    for (const served of await textsOf(sandbox, "cus_1")) expect(served).toBe(expected);
    expect((await get(sandbox, "/v1/events")).json.data[0]).toMatchObject({ type: "customer.updated" });
  });

  it("takes the place of the object with its id, without an event unless one is named", async () => {
    await using sandbox = await startSandbox();
    const { id } = sandbox.customers.create();
    sandbox.put("customer", object(id, '"name":"other"'));
    expect((await get(sandbox, "/v1/events")).json.data).toHaveLength(1);
    expect(sandbox.find("customer", id)).toMatchObject({ name: "other" });
    expect(sandbox.count("customer")).toBe(1);
  });

  it("needs to be JSON with an id", async () => {
    await using sandbox = await startSandbox();
    expect(() => sandbox.put("customer", '{"object":"customer"}')).toThrow(TypeError);
    expect(() => sandbox.put("customer", '{"id":')).toThrow(SyntaxError);
    expect(() => sandbox.put("unicorn", '{"id":"u"}')).toThrow(/no objects of type unicorn/);
  });

  it("keeps cut lists lossless", async () => {
    await using sandbox = await startSandbox();
    const { id } = sandbox.invoices.create({}, 12);
    sandbox.putFields("invoice", id, { odd: '[1.00,"\\ud83d"]' });
    expect((await get(sandbox, `/v1/invoices/${id}`)).text).toContain('"odd":[1.00,"\\ud83d"]');
  });
});

describe("the layout", () => {
  it("indents as Stripe does, an object in a list further than one alone", async () => {
    await using sandbox = await startSandbox({ layout: "indented" });
    const { id } = sandbox.invoices.create({}, 12);
    const list = await get(sandbox, "/v1/invoices");
    const alone = await get(sandbox, `/v1/invoices/${id}`);
    for (const { text, json } of [list, alone]) expect(text).toBe(JSON.stringify(json, null, 2));
    expect(list.text).toContain(`\n      "id": "${id}"`);
    expect(alone.text).toContain(`\n  "id": "${id}"`);
    expect(list.json.data[0]).toEqual(alone.json);
    expect((await get(sandbox, "/v1/refunds")).text).toBe(
      '{\n  "object": "list",\n  "data": [],\n  "has_more": false,\n  "url": "/v1/refunds"\n}',
    );
    const account = await get(sandbox, "/v1/account");
    expect(account.text).toBe(JSON.stringify(account.json, null, 2));
  });

  it("is one line when compact", async () => {
    await using sandbox = await startSandbox();
    sandbox.invoices.create({}, 12);
    for (const path of ["/v1/invoices", "/v1/events", "/v1/account"]) {
      const { text, json } = await get(sandbox, path);
      expect(text).toBe(JSON.stringify(json));
    }
  });
});

describe("volatile fields", () => {
  it("change at each reading when switched on, and nothing else does", async () => {
    await using sandbox = await startSandbox({ volatile: true });
    const { id } = sandbox.invoices.finalize(sandbox.invoices.create().id);
    const read = async () => (await get(sandbox, `/v1/invoices/${id}`)).json;
    const [one, two] = [await read(), await read()];
    for (const field of ["hosted_invoice_url", "invoice_pdf"]) {
      expect(one[field]).toMatch(/^https:/);
      expect(one[field]).not.toBe(two[field]);
      delete one[field];
      delete two[field];
    }
    expect(one).toEqual(two);
    sandbox.settings.volatile = false;
    expect(await read()).toEqual(await read());
  });

  it("stay null on a draft", async () => {
    await using sandbox = await startSandbox({ volatile: true });
    const { id } = sandbox.invoices.create();
    expect((await get(sandbox, `/v1/invoices/${id}`)).json["invoice_pdf"]).toBeNull();
  });
});
