export * from "./clock.js";
export * from "./errors.js";
export * from "./json-value.js";
export * from "./source.js";
export * from "./stripe/adapters.js";
export { DEFAULT_API_VERSION } from "./stripe/catalog.js";
export { DEFAULT_API_BASE, stripeSource, type StripeSourceOptions } from "./stripe/stripe-source.js";
