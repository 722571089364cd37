/** Milliseconds of CPU for a page of 100 objects. Run it after a build: `node bench/micro/json.js` */
import { report } from "./measure.js";
import { invoice, page, paymentIntent } from "./pages.js";

const json = new URL("../../packages/injest/dist/json/", import.meta.url);
const { scanList } = await import(new URL("scan.js", json).href);
const { contentHash } = await import(new URL("content-hash.js", json).href);
const { volatileFields } = await import(new URL("volatile-fields.js", json).href);

const none = volatileFields([]);
const links = volatileFields(["hosted_invoice_url", "invoice_pdf"]);
const sizeOf = (body) => `${Math.round(body.length / 1000)} KB`;

for (const [what, make, lists, volatile] of [
  ["payment intents", paymentIntent, [], none],
  ["invoices with ten lines", invoice, ["lines"], links],
]) {
  for (const indent of [0, 2]) {
    const body = page(make, { indent });
    const scanned = scanList(body, { lists });
    await report(`${what}, ${indent === 0 ? "compact" : "indented"}, ${sizeOf(body)}`, {
      "JSON.parse of the page": () => JSON.parse(body.toString("utf8")),
      "JSON.parse and JSON.stringify of each item": () =>
        JSON.parse(body.toString("utf8")).data.map((item) => JSON.stringify(item)),
      scanList: () => scanList(body, { lists }),
      "contentHash of each item": () => scanned.items.map((item) => contentHash(item, volatile)),
      "scanList and contentHash": () => scanList(body, { lists }).items.map((item) => contentHash(item, volatile)),
    });
  }
}
