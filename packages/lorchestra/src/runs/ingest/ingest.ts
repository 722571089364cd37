import type { LoadLedger } from "./load-ledger.js";
import type { Reading } from "../read/reading.js";
import type { Failure } from "../until-failure.js";

/**
 * Brings what is read into the warehouse, commit by commit. Returns why it ended early, null when all was read and stored.
 *
 * However the reading ends, what came completely is committed with its cursor: nothing is lost, and nothing is read
 * twice. Throws only what the warehouse throws; then nothing since the last commit is stored.
 */
export async function ingest(reading: Reading, ledger: LoadLedger): Promise<Failure | null> {
  for await (const batch of reading.batches) {
    await ledger.take(batch);
    if (ledger.commitIsDue()) {
      const failure = await ledger.commit();
      if (failure !== null) return failure;
    }
  }
  return (await ledger.commit()) ?? reading.failure;
}
