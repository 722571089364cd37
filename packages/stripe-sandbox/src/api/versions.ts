import { stripeError } from "./stripe-error.js";

/** The version in which the sandbox keeps its objects: that of the `stripe` package 23.1.0. */
export const NEWEST_VERSION = "2026-10-28.endive";

/** The versions that a request may name, as in Stripe's changelog: https://docs.stripe.com/changelog */
const KNOWN = new Set([
  "2015-10-16",
  "2016-07-06",
  "2017-08-15",
  "2018-02-28",
  "2018-05-21",
  "2018-11-08",
  "2019-02-19",
  "2019-05-16",
  "2019-12-03",
  "2020-03-02",
  "2020-08-27",
  "2022-08-01",
  "2022-11-15",
  "2023-08-16",
  "2023-10-16",
  "2024-04-10",
  "2024-06-20",
  "2024-09-30.acacia",
  "2024-10-28.acacia",
  "2024-11-20.acacia",
  "2024-12-18.acacia",
  "2025-01-27.acacia",
  "2025-02-24.acacia",
  "2025-03-31.basil",
  "2025-04-30.basil",
  "2025-05-28.basil",
  "2025-06-30.basil",
  "2025-07-30.basil",
  "2025-08-27.basil",
  "2025-09-30.clover",
  "2025-10-29.clover",
  "2025-11-17.clover",
  "2025-12-15.clover",
  "2026-01-28.clover",
  "2026-02-25.clover",
  "2026-03-25.dahlia",
  "2026-04-22.dahlia",
  "2026-05-27.dahlia",
  "2026-06-24.dahlia",
  "2026-07-29.dahlia",
  "2026-08-26.dahlia",
  "2026-09-30.endive",
  NEWEST_VERSION,
]);

/** Returns the version, or throws the 400 that Stripe answers for one that it does not know. */
export function checkVersion(version: string): string {
  if (KNOWN.has(version)) return version;
  throw stripeError(400, { message: `Invalid Stripe API version: ${version}` });
}
