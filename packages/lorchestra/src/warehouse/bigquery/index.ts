import type { OpenWarehouse } from "../warehouses.js";

export const open: OpenWarehouse = async () => {
  throw new Error("being built");
};
