import type { OpenOptions, Warehouse } from "../warehouse.js";
import type { OpenWarehouse, WarehouseAddress } from "../warehouse-kind.js";
import { parseAddress } from "./address.js";
import { interruptible } from "./interruptible.js";
import { REAL_PACE, type Pace } from "./api/pace.js";
import { openTransport } from "./api/transport.js";
import { createBigQueryWarehouse } from "./warehouse.js";

/** Opens a BigQuery warehouse; nothing is sent before the first call. */
export const open: OpenWarehouse = (address, options) => openBigQuery(address, options);

/** Settings that only tests change. */
export interface Timing {
  readonly pace?: Pace;
  readonly renewEveryMs?: number;
}

export async function openBigQuery(
  address: WarehouseAddress,
  options: OpenOptions,
  timing: Timing = {},
): Promise<Warehouse> {
  const place = parseAddress(address);
  const transport = await openTransport(place);
  const { pace = REAL_PACE, renewEveryMs } = timing;
  const warehouse = createBigQueryWarehouse({
    ...options,
    place,
    transport,
    pace,
    ...(renewEveryMs === undefined ? {} : { renewEveryMs }),
  });
  const { access, signal } = options;
  return signal === undefined ? warehouse : interruptible(warehouse, { access, signal, pace });
}
