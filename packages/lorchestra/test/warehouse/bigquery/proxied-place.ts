import { afterEach, beforeEach } from "vitest";
import type { TestBigQuery } from "../bigquery-emulator.js";
import type { Warehouse } from "../../../src/warehouse/warehouse.js";
import { newPlace, quickPace, type BigQueryPlace } from "../bigquery-places.js";
import { startFaultProxy, type FaultProxy } from "./fault-proxy.js";

/** A dataset of a test's own, reached through a proxy that spoils what its faults choose. */
export interface ProxiedPlace {
  readonly proxy: FaultProxy;
  readonly place: BigQueryPlace;
}

/** Makes one for each test of the suite that it is called in, and removes it after that. */
export function eachProxiedPlace(bigQuery: TestBigQuery, origin: string, name: string): () => ProxiedPlace {
  let now: ProxiedPlace | undefined;

  beforeEach(async () => {
    const proxy = await startFaultProxy(origin);
    now = { proxy, place: await newPlace({ ...bigQuery, environment: { BIGQUERY_EMULATOR_HOST: proxy.host } }, name) };
  });

  afterEach(async () => {
    if (now === undefined) return;
    now.proxy.faults = [];
    await now.place.remove();
    await now.proxy[Symbol.asyncDispose]();
  });

  return () => {
    if (now === undefined) throw new Error("only within a test");
    return now;
  };
}

/** The same with its tables made, and a warehouse that retries without waiting. */
export function eachProxiedWarehouse(
  bigQuery: TestBigQuery,
  origin: string,
  name: string,
): () => ProxiedPlace & { readonly warehouse: Warehouse } {
  const proxied = eachProxiedPlace(bigQuery, origin, name);
  let warehouse: Warehouse | undefined;

  beforeEach(async () => {
    const { place, proxy } = proxied();
    warehouse = await place.open({}, { pace: quickPace(() => proxy.hasSpoilt()) });
    await warehouse.prepare();
  });

  afterEach(async () => {
    proxied().proxy.faults = [];
    await warehouse?.[Symbol.asyncDispose]();
  });

  return () => {
    if (warehouse === undefined) throw new Error("only within a test");
    return { ...proxied(), warehouse };
  };
}
