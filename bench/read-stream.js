// Reads one stream of the sandbox at STRIPE_API_BASE whole, at Stripe's full rate, and prints what it took as JSON.
import { stripeSource } from "injest";

const source = stripeSource({
  apiKey: process.env["STRIPE_API_KEY"] ?? "",
  apiBase: process.env["STRIPE_API_BASE"],
  share: 1,
});
const stream = source.streams["payment_intents"];
let objects = 0;
let requests = 0;
let rateLimited = 0;
const startedMs = performance.now();
const observe = (event) => {
  if (event.type === "request" && event.endpoint === "/v1/payment_intents") requests += 1;
  if (event.type === "rate-limited") rateLimited += 1;
};
for await (const batch of stream.read({ observe })) objects += batch.changes.length;
console.log(JSON.stringify({ objects, requests, rateLimited, wallSeconds: (performance.now() - startedMs) / 1000 }));
await source.close();
