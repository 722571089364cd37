import { checkSeed } from "./check-seed.js";

/** Checks the seeds that scripts/simulate.js sends, one by one. */
interface Order {
  readonly seed: number;
  readonly path?: string;
  readonly shrinkMs: number;
}

process.on("message", (order: Order) => {
  void checkSeed(order.seed, order).then((result) => process.send?.(result));
});
