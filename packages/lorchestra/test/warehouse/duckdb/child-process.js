// A process of its own for the tests of locks and kills: opens the warehouse of a directory and does as it is told.
import { createHash, randomBytes } from "node:crypto";
import { WAREHOUSES } from "../../../dist/warehouse/warehouses.js";
import { armFailpoint } from "../../../dist/failpoint.js";

const [task, directory] = process.argv.slice(2);
armFailpoint(process.env.LORCHESTRA_FAILPOINT);
const open = await WAREHOUSES.duckdb.load();
const warehouse = await open(
  { url: "duckdb:./test.duckdb", directory, environment: {}, settings: {} },
  { tablePrefix: "", access: "write", runId: "run-child", nowMs: Date.now },
);
await warehouse.prepare();
const scope = { sourceSystem: "stripe", connectionName: "stripe-acme", stream: "things", objectType: "thing" };
const stored = await warehouse.readCheckpoint(scope);
const load = await warehouse.beginLoad(scope, {
  runId: "run-child",
  idemKey: (id) => `stripe:stripe-acme:thing:${id}`,
  schemaRef: "stripe/thing/v1",
});
say("open");
if (task === "hold") setInterval(() => {}, 1000);
else if (task === "load-much") {
  // Ignoring the signal makes a write beyond the limit an error, as a full disk is.
  process.on("SIGXFSZ", () => {});
  try {
    for (let commit = 1; commit <= 20; commit += 1) {
      await load.append(
        Array.from({ length: 1000 }, (_, index) =>
          upsert(commit * 10_000 + index, commit, randomBytes(3000).toString("hex")),
        ),
      );
      await load.commit(null);
    }
    say("no error");
  } catch (error) {
    say(error.code);
  }
  process.exit(0);
} else {
  // Commit n stores objects up to n times 50, each as it was at that commit, and n itself as the cursor.
  for (let commit = (stored?.cursor ?? 0) + 1; ; commit += 1) {
    await load.append(Array.from({ length: commit * 50 }, (_, index) => upsert(index, commit)));
    await load.commit({ cursor: commit, runId: "run-child" });
    say(`committed ${commit}`);
  }
}

function say(line) {
  process.stdout.write(`${line}\n`);
}

function upsert(index, commit, filler = "x".repeat(500)) {
  const id = `thing_${index}`;
  const json = JSON.stringify({ id, commit, filler });
  return {
    op: "upsert",
    id,
    record: {
      json,
      bytes: Buffer.from(json),
      sizeBytes: json.length,
      contentHash: createHash("sha256").update(json).digest("hex"),
      parse: () => JSON.parse(json),
    },
    readAt: new Date(1_700_000_000_000 + commit * 1000),
    created: 1_600_000_000 + index,
    apiVersion: "2026-10-28.endive",
    requestId: null,
  };
}
