import { WAREHOUSES } from "../warehouse/warehouses.js";
import { nearestNames } from "./nearest-names.js";

/** Says what is wrong with an address as `warehouse:` takes it; null when its kind is known. The rest is the warehouse's to judge. */
export function checkWarehouseAddress(address: string): string | null {
  const examples = Object.values(WAREHOUSES).map((warehouse) => warehouse.example);
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(address)?.[1];
  if (scheme === undefined) return `expected an address such as ${examples.join(" or ")}`;
  if (Object.hasOwn(WAREHOUSES, scheme)) return null;
  const [nearest] = nearestNames(scheme, Object.keys(WAREHOUSES));
  const remedy = nearest === undefined ? `write ${examples.join(" or ")}` : `did you mean "${nearest}:"?`;
  return `"${scheme.slice(0, 40)}:" is no warehouse; ${remedy}`;
}

/** "duckdb" of "duckdb:./lorchestra.duckdb". */
export function warehouseScheme(address: string): string {
  return address.slice(0, address.indexOf(":"));
}
