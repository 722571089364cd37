import type { Warehouse } from "../../warehouse/warehouse.js";

const prepared = new WeakMap<Warehouse, Promise<void>>();

/** Prepares a warehouse's tables once a process, however many jobs ask; all of them get the same answer, also a failure. */
export function prepareOnce(warehouse: Warehouse): Promise<void> {
  let preparing = prepared.get(warehouse);
  if (preparing === undefined) {
    preparing = warehouse.prepare();
    prepared.set(warehouse, preparing);
  }
  return preparing;
}
