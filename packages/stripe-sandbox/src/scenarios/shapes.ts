/** How a computed account's objects lie in time, from its start to its end. */
export type Shape = "uniform" | "growing" | "bursty" | "clustered" | "single-second" | "one" | "none";

export const SHAPES: readonly Shape[] = ["uniform", "growing", "bursty", "clustered", "single-second", "one", "none"];

/** When the object at a position was created, in whole seconds. */
export type CreatedAt = (position: number) => number;

/** Where `count` objects of a shape lie between two instants. Seconds never fall as the position grows. */
export function createdBy(shape: Shape, count: number, { start, end }: { start: number; end: number }): CreatedAt {
  const span = end - start;
  if (shape === "growing") return growing(count, start, span);
  if (shape === "bursty") return bursty(count, start, span);
  if (shape === "clustered") return clustered(count, start, span);
  if (shape === "single-second" || shape === "one") return () => start + Math.floor(span / 2);
  return (position) => start + Math.floor((position * span) / count);
}

/** How many objects there are when that many were asked for. */
export function countOf(shape: Shape, wanted: number): number {
  if (shape === "none") return 0;
  return shape === "one" ? Math.min(1, wanted) : wanted;
}

/** Ends twenty times as dense as it began. */
function growing(count: number, start: number, span: number): CreatedAt {
  const growth = Math.log(20);
  return (position) => start + Math.floor((span * Math.log1p(19 * (position / count))) / growth);
}

const BURSTS = 5;

/** Five seconds with thousands of objects each (a twentieth of all, 5,000 at most); the rest is uniform. */
function bursty(count: number, start: number, span: number): CreatedAt {
  const size = Math.min(5000, Math.floor(count / 20));
  const even = count - BURSTS * size;
  return (position) => {
    for (let burst = 0; burst < BURSTS; burst++) {
      const share = (burst + 1) / (BURSTS + 1);
      const first = Math.ceil(even * share) + burst * size;
      if (position < first) return start + Math.floor(((position - burst * size) * span) / even);
      if (position < first + size) return start + Math.floor(span * share);
    }
    return start + Math.floor(((position - BURSTS * size) * span) / even);
  };
}

const CLUSTERS = 5;
const CLUSTER_S = 10 * 86_400;

/** Five clusters of ten days, with silence between them. */
function clustered(count: number, start: number, span: number): CreatedAt {
  const length = Math.min(CLUSTER_S, Math.floor(span / (2 * CLUSTERS)));
  const gap = (span - length) / (CLUSTERS - 1);
  return (position) => {
    const place = (position * CLUSTERS) / count;
    const cluster = Math.floor(place);
    return start + Math.floor(cluster * gap) + Math.floor((place - cluster) * length);
  };
}
