// A process of its own for the test of a full disk: fills a spill in a directory until that is refused, and prints how.
import { randomBytes } from "node:crypto";
import { openSpillIn } from "../../dist/spill/disk-spill.js";

const spill = openSpillIn(process.argv[2], 0);
try {
  for (let n = 0; n < 1_000; n += 1) spill.add("key", randomBytes(50_000));
  process.stdout.write("all of it fitted\n");
} catch (error) {
  process.stdout.write(`${error.code}\n`);
}
