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
  /** Five bursts anywhere in the account's time, which is two months to seven years. */
  "bursty at random": (count, seed) => {
    const random = randomOf(seed + 99);
    const span = 60 * DAY * (2500 / 60) ** random();
    const size = Math.min(5_000, Math.floor(count / 20));
    const bursts = Array.from({ length: 5 }, () => NOW - Math.floor(random() * span));
    const crowds = bursts.flatMap((second) => Array.from({ length: size }, () => second));
    return [...crowds, ...times(count - crowds.length, seed, (next) => NOW - next() * span)];
  },
  /** Every second that has objects has up to 200: subscriptions renew, or data is imported. */
  "in lumps": (count, seed) => {
    const random = randomOf(seed);
    let second = NOW;
    let left = 0;
    return Array.from({ length: count }, () => {
      if (left === 0) {
        left = 1 + Math.floor(random() * 200);
        second -= 1 + Math.floor(random() * 2_000);
      }
      left -= 1;
      return second;
    });
  },
  /** A hundred in each second that has any, so that no page tells how far apart they are. */
  "by the hundred": (count, seed) => {
    const random = randomOf(seed);
    let second = NOW;
    return Array.from({ length: count }, (_, index) => {
      if (index % 100 === 0) second -= 1 + Math.floor(random() * 2_000);
      return second;
    });
  },
  /** A quarter of all in one second, with nothing for a month below it. */
  "one crowded second": (count, seed) => {
    const crowd = NOW - YEAR;
    const others = times(count - count / 4, seed, (random) => NOW - random() * 2 * YEAR);
    const ages = others.map((second) => (second <= crowd ? second - 30 * DAY : second));
    return [...Array.from({ length: count / 4 }, () => crowd), ...ages];
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
