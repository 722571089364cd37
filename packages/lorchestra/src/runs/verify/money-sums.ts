import type { RecordFacts } from "injest";
import type { Compared } from "../compare/compare-with-rows.js";
import type { MoneySum } from "../verify-report.js";

/** Adds up an amount on both sides, currency by currency, exactly. */
export function moneySums(money: RecordFacts["money"]): { add(compared: Compared): void; sums(): MoneySum[] } {
  const inSource = new Map<string, bigint>();
  const inWarehouse = new Map<string, bigint>();
  const addTo = (sums: Map<string, bigint>, json: string): void => {
    const amount = money === null ? null : amountOf(json, money);
    if (amount !== null) sums.set(amount.currency, (sums.get(amount.currency) ?? 0n) + amount.value);
  };
  return {
    add({ change, row, copies }) {
      if (money === null) return;
      if (change.op === "upsert") addTo(inSource, change.record.json);
      const live = row !== null && row.deletedAt === null ? [row, ...copies] : [];
      for (const { payload } of live) if (payload !== null) addTo(inWarehouse, payload);
    },
    sums: () =>
      [...new Set([...inSource.keys(), ...inWarehouse.keys()])].sort().map((currency) => ({
        currency,
        in_source: String(inSource.get(currency) ?? 0n),
        in_warehouse: String(inWarehouse.get(currency) ?? 0n),
      })),
  };
}

/** Null where the record has none, or is no JSON. */
function amountOf(json: string, paths: NonNullable<RecordFacts["money"]>): { value: bigint; currency: string } | null {
  let record: unknown;
  try {
    record = JSON.parse(json);
  } catch {
    return null;
  }
  const [value, currency] = [at(record, paths.amount), at(record, paths.currency)];
  if (typeof value !== "number" || !Number.isInteger(value) || typeof currency !== "string") return null;
  return { value: BigInt(value), currency };
}

function at(record: unknown, path: string): unknown {
  let value = record;
  for (const name of path.split("."))
    value = value !== null && typeof value === "object" ? (value as Record<string, unknown>)[name] : undefined;
  return value;
}
