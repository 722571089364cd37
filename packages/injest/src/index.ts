export * from "./clock.js";
export * from "./errors.js";
export * from "./json-value.js";
export * from "./source.js";
