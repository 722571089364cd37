import { randomOf } from "./random.js";

/** When the objects of an account were created. */
export type Shape = (count: number, seed: number) => number[];

export const NOW = 1_790_000_000;
const DAY = 86_400;
const YEAR = 365 * DAY;

/** The accounts of the promises about speed: how their objects lie in time. */
export const SHAPES = {
  uniform: (count, seed) => times(count, seed, (random) => NOW - random() * 2 * YEAR),
  growing: (count, seed) => times(count, seed, (random) => NOW - (1 - Math.sqrt(random())) * 3 * YEAR),
  "growing twentyfold": (count, seed) =>
    times(count, seed, (random) => NOW - 2 * YEAR * (1 - Math.log1p(19 * random()) / Math.log(20))),
  bursty: (count, seed) => {
    const bursts = [1, 2, 3, 4, 5].map((burst) => NOW - Math.floor((burst / 6) * 2 * YEAR));
    const size = Math.min(5_000, Math.floor(count / 20));
    const crowds = bursts.flatMap((second) => Array.from({ length: size }, () => second));
    return [...crowds, ...times(count - crowds.length, seed, (random) => NOW - random() * 2 * YEAR)];
  },
  clustered: (count, seed) => {
    const random = randomOf(seed);
    const starts = Array.from({ length: 5 }, (_, index) => NOW - 2 * index * YEAR - random() * YEAR);
    return times(count, seed + 1, (next) => (starts[Math.floor(next() * 5)] ?? NOW) - next() * 3 * DAY);
  },
  "silent for years": (count, seed) =>
    times(count, seed, (random) => NOW - (random() < 0.5 ? random() * 30 * DAY : 8 * YEAR + random() * 90 * DAY)),
  "one second": (count) => Array.from({ length: count }, () => NOW - 1_000_000),
  one: () => [NOW - 1_000_000],
  none: () => [],
} as const satisfies Record<string, Shape>;

function times(count: number, seed: number, second: (random: () => number) => number): number[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => Math.floor(second(random)));
}
