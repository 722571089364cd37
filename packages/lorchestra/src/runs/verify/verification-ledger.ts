import type { RecordFacts } from "injest";
import type { Compared } from "../compare/compare-with-rows.js";
import { moneySums } from "./money-sums.js";
import { type Finding, type MoneySum, type Standing, STANDINGS } from "../verify-report.js";

/** Counts how objects stand, keeps the first of what is not equal, and adds up the money of both sides. */
export interface VerificationLedger {
  readonly inSource: number;
  readonly inWarehouse: number;
  readonly standings: Readonly<Record<Standing, number>>;
  readonly findings: readonly Finding[];
  money(): MoneySum[];
  add(compared: readonly Compared[]): void;
}

/** So many objects that are not equal are named; all are counted. */
const NAMED = 1_000;

export function verificationLedger(facts: RecordFacts | null): VerificationLedger {
  const standings = Object.fromEntries(STANDINGS.map((standing) => [standing, 0])) as Record<Standing, number>;
  const findings: Finding[] = [];
  const money = moneySums(facts?.money ?? null);
  let [inSource, inWarehouse] = [0, 0];
  return {
    get inSource() {
      return inSource;
    },
    get inWarehouse() {
      return inWarehouse;
    },
    standings,
    findings,
    money: () => money.sums(),
    add(compared) {
      for (const one of compared) {
        if (one.change.op === "upsert") inSource += 1;
        if (one.row !== null && one.row.deletedAt === null) inWarehouse += 1 + one.copies.length;
        standings[one.standing] += 1;
        money.add(one);
        if (one.standing !== "equal" && findings.length < NAMED) findings.push(findingOf(one, one.standing));
      }
    },
  };
}

function findingOf({ change, row, differences }: Compared, standing: Finding["standing"]): Finding {
  return {
    id: change.id,
    standing,
    paths: differences.slice(0, NAMED_PATHS).map(({ path }) => path),
    read_at: row?.lastSeen.toISOString() ?? null,
  };
}

const NAMED_PATHS = 50;
