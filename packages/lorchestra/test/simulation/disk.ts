import { createHash } from "node:crypto";
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import type { EventRow } from "../../src/events/event-row.js";
import type { EventSpool } from "../../src/events/event-spool.js";
import type { OpenOptions, Warehouse } from "../../src/warehouse/warehouse.js";
import { WAREHOUSES } from "../../src/warehouse/warehouses.js";
import { TAMPERED, TAMPERED_HASH, type Tampering } from "./another-hand.js";
import { MemoryStore, openMemoryWarehouse } from "./memory-warehouse.js";

/** Where a warehouse lies: what outlives a process. */
export interface Disk {
  /** Rows of the event log that no warehouse took, by the prefix of its tables. */
  readonly spools: Readonly<Record<OpenOptions["tablePrefix"], EventSpool>>;
  open(options: Omit<OpenOptions, "nowMs">): Promise<Warehouse>;
  /** Leaves what is there at this moment to the processes to come: the one that dies still holds its own. */
  abandon(): void;
  /** Once the dead process holds nothing any more. */
  removeAbandoned(): void;
  /** From now on there is a warehouse with nothing in it. */
  startAfresh(): void;
  /** Another one when anything was written. */
  fingerprint(): string;
  /** Changes a row of `raw_objects` as another hand does. No process has the warehouse open. */
  tamper(idemKey: string, tampering: Tampering): Promise<void>;
}

export type WarehouseKind = "duckdb" | "memory";

/** `directory` exists and is empty. */
export function createDisk(kind: WarehouseKind, directory: string, nowMs: () => number): Disk {
  return kind === "duckdb" ? fileDisk(directory, nowMs) : memoryDisk(nowMs);
}

function fileDisk(parent: string, nowMs: () => number): Disk {
  let files = 0;
  const directory = (): string => join(parent, String(files));
  mkdirSync(directory());
  return {
    spools: memorySpools(),
    open: (options) => openDuckdb(directory(), { ...options, nowMs }),
    abandon() {
      const old = directory();
      files += 1;
      cpSync(old, directory(), { recursive: true });
    },
    removeAbandoned: () => rmSync(join(parent, String(files - 1)), { recursive: true, force: true }),
    startAfresh() {
      files += 1;
      mkdirSync(directory());
    },
    fingerprint() {
      const hash = createHash("sha256");
      // What a killed process left is a copy: its name says nothing.
      for (const name of (readdirSync(directory(), { recursive: true }) as string[]).toSorted()) {
        if (!name.endsWith(".duckdb") && !name.endsWith(".wal")) continue;
        hash.update(name).update(readFileSync(join(directory(), name)));
      }
      return hash.digest("hex");
    },
    async tamper(idemKey, tampering) {
      const instance = await DuckDBInstance.create(join(directory(), FILE));
      const connection = await instance.connect();
      await connection.run(`${TAMPERING_SQL[tampering]} WHERE idem_key = '${idemKey}'`);
      connection.closeSync();
      instance.closeSync();
    },
  };
}

const FILE = "lorchestra.duckdb";

const PAYLOAD_SQL = `UPDATE events_dev.raw_objects SET payload = '{${TAMPERED}' || substr(payload, 2)`;
const TAMPERING_SQL: Readonly<Record<Tampering, string>> = {
  drop: "DELETE FROM events_dev.raw_objects",
  "mark-deleted": "UPDATE events_dev.raw_objects SET deleted_at = last_seen",
  "change-payload": PAYLOAD_SQL,
  "change-payload-and-hash": `${PAYLOAD_SQL}, payload_hash = '${TAMPERED_HASH}'`,
};

function memoryDisk(nowMs: () => number): Disk {
  let store = new MemoryStore();
  return {
    spools: memorySpools(),
    open: async (options) => openMemoryWarehouse(store, { ...options, nowMs }),
    abandon: () => void (store.holder = null),
    removeAbandoned: () => undefined,
    startAfresh: () => void (store = new MemoryStore()),
    fingerprint: () => String(store.version),
    tamper: async (idemKey, tampering) => store.tamper(idemKey, tampering),
  };
}

async function openDuckdb(directory: string, options: OpenOptions): Promise<Warehouse> {
  const open = await WAREHOUSES["duckdb"]?.load();
  if (open === undefined) throw new Error("there is no DuckDB warehouse");
  return open({ url: `duckdb:./${FILE}`, directory, environment: {}, settings: {} }, options);
}

function memorySpools(): Disk["spools"] {
  return { "": memorySpool(), test_: memorySpool() };
}

function memorySpool(): EventSpool {
  let kept: (readonly EventRow[])[] = [];
  return {
    keep: (rows) => {
      kept.push(rows);
      return Promise.resolve();
    },
    async take(deliver) {
      let count = 0;
      for (const rows of kept) {
        await deliver(rows);
        kept = kept.filter((other) => other !== rows);
        count += rows.length;
      }
      return count;
    },
  };
}
