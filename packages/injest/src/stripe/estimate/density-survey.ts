import { PAGE_MOST } from "../list/page-size.js";

/** A page that a survey asked for: the newest objects that were created before `until`. */
export interface Probe {
  /** Unix seconds, exclusive; null: now. */
  readonly until: number | null;
  /** Of the page's objects, newest first; empty where nothing is older. */
  readonly created: readonly number[];
  readonly hasMore: boolean;
}

/** Takes one page; `until: null` is the newest. */
export type TakeProbe = (until: number | null) => Promise<Probe>;

export interface Survey {
  readonly low: number;
  readonly likely: number;
  readonly high: number;
}

/** Probes at most; with fewer where the rest is certain enough. */
const PROBES = { least: 6, most: 40 };
/** A survey ends once this part of the count is all that is uncertain. */
const ENOUGH = 0.06;
/** Seconds with thousands of objects hide from probes: of what lies between them, so much more may be there. */
const HIDDEN = 0.8;
/** So many objects more may share a second at which a page ended. */
const CROWD = 1_000_000;

/**
 * Counts the objects between two times without reading them, from pages taken here and there.
 *
 * Between two pages the density is taken to change exponentially; where the two ends differ most, and most objects are
 * at stake, the next page is taken. What no page can show is how many objects share one second: `high` allows for that.
 */
export async function surveyDensity(take: TakeProbe, bounds: { from: number; until: number | null }): Promise<Survey> {
  const first = await take(bounds.until);
  if (!first.hasMore) return exactly(within(first, bounds.from).length);
  const probes: Probe[] = [first];
  for (let taken = 1; taken < PROBES.most; taken += 1) {
    const gaps = gapsOf(probes, bounds.from);
    const uncertain = gaps.reduce((sum, gap) => sum + gap.uncertain, 0);
    const total = countOf(probes, gaps, bounds.from);
    const widest = gaps.reduce<Gap | null>((a, b) => (!a || b.uncertain > a.uncertain ? b : a), null);
    if (!widest || widest.newest - widest.oldest < 2) break;
    if (taken >= PROBES.least && uncertain < ENOUGH * total) break;
    probes.push(await take(widest.middle));
    probes.sort((a, b) => (b.until ?? Infinity) - (a.until ?? Infinity));
  }
  const gaps = gapsOf(probes, bounds.from);
  const likely = countOf(probes, gaps, bounds.from);
  const uncertain = gaps.reduce((sum, gap) => sum + gap.uncertain, 0);
  const between = gaps.reduce((sum, gap) => sum + gap.objects, 0);
  return {
    low: Math.max(0, Math.round(likely - uncertain - 0.1 * between)),
    likely: Math.round(likely),
    high: Math.round(likely + uncertain + HIDDEN * between + (probes.some(endsInCrowd) ? CROWD : 0)),
  };
}

/** A page that ends amid a second with many objects: how many more it has, only reading it tells. */
function endsInCrowd(probe: Probe): boolean {
  const last = probe.created.at(-1);
  return probe.hasMore && probe.created.filter((second) => second === last).length > 20;
}

/** A stretch of which nothing was read, between two pages. */
interface Gap {
  readonly newest: number;
  readonly oldest: number;
  readonly objects: number;
  readonly uncertain: number;
  /** Where to look next. */
  readonly middle: number;
}

function gapsOf(probes: readonly Probe[], from: number): Gap[] {
  const gaps: Gap[] = [];
  for (const [index, probe] of probes.entries()) {
    const next = probes[index + 1];
    const newest = probe.created.at(-1);
    if (newest === undefined || (!next && !probe.hasMore)) continue;
    const oldest = Math.max(from, next?.until ?? from);
    if (oldest >= newest) continue;
    gaps.push(gapBetween(newest, oldest, densityOf(probe), next));
  }
  return gaps;
}

function gapBetween(newest: number, oldest: number, above: number, next: Probe | undefined): Gap {
  const span = newest - oldest;
  const isBottom = next === undefined;
  const below = isBottom ? 0 : densityBelow(next);
  const steady = Math.max(below, above * 0.02);
  const rate = Math.log(above / steady) / span;
  const objects = Math.abs(rate * span) < 1e-6 ? above * span : (above - steady) / rate;
  const spread = isBottom ? objects : (Math.abs(above - below) * span) / 4;
  // Where the density falls much, the fall is looked for at the scale of its logarithm; else in the middle.
  const share = above > 4 * below ? Math.min(0.5, Math.max(0.02, isBottom ? bottomShare(above, span) : 0.25)) : 0.5;
  return {
    newest,
    oldest,
    objects,
    uncertain: spread + 0.02 * objects,
    middle: Math.floor(newest - span * share) || oldest,
  };
}

/** How far to look below the oldest page: the geometric mean of its own span and all the time there was. */
function bottomShare(above: number, span: number): number {
  return Math.sqrt(Math.max(1, PAGE_MOST / above) * span) / span;
}

function densityOf(probe: Probe): number {
  const newest = probe.created[0];
  const oldest = probe.created.at(-1);
  if (newest === undefined || oldest === undefined) return 0;
  return Math.max(1, probe.created.length - 1) / Math.max(1, newest - oldest);
}

/** Just below a page's bound: as on the page, unless it begins with a gap that is no accident. */
function densityBelow(probe: Probe): number {
  const near = probe.created[Math.min(5, probe.created.length) - 1];
  if (near === undefined || probe.until === null) return 0;
  const besideBound = Math.min(5, probe.created.length) / Math.max(1, probe.until - near);
  return besideBound < densityOf(probe) / 4 ? besideBound : densityOf(probe);
}

/** What was seen, each object once, and what is thought to be between. */
function countOf(probes: readonly Probe[], gaps: readonly Gap[], from: number): number {
  let count = 0;
  for (const [index, probe] of probes.entries()) {
    const next = probes[index + 1];
    const floor = Math.max(from, next?.until ?? -Infinity);
    // A page that reaches into the next one's range: those are counted there.
    count += probe.created.filter((second) => second >= floor).length;
  }
  return count + gaps.reduce((sum, gap) => sum + gap.objects, 0);
}

function within(probe: Probe, from: number): readonly number[] {
  return probe.created.filter((second) => second >= from);
}

function exactly(count: number): Survey {
  return { low: count, likely: count, high: count };
}
