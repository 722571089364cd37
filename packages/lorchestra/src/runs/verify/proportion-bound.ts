/**
 * The largest share of faults in the whole that `found` of `drawn` still allow with this confidence: the upper bound
 * of Clopper and Pearson, exact for independent draws. With none found of 300 that is just under 1 %.
 */
export function proportionBound(found: number, drawn: number, confidence: number): number {
  if (found >= drawn) return 1;
  let [low, high] = [found / drawn, 1];
  for (let step = 0; step < 60; step += 1) {
    const middle = (low + high) / 2;
    if (chanceOfAtMost(found, drawn, middle) > 1 - confidence) low = middle;
    else high = middle;
  }
  return high;
}

/** The chance to find at most `found` faults in so many draws when a share `p` of all is faulty. Logarithms, because the terms are tiny. */
function chanceOfAtMost(found: number, drawn: number, p: number): number {
  let logTerm = drawn * Math.log1p(-p);
  let sum = Math.exp(logTerm);
  for (let k = 1; k <= found; k += 1) {
    logTerm += Math.log((drawn - k + 1) / k) + Math.log(p) - Math.log1p(-p);
    sum += Math.exp(logTerm);
  }
  return sum;
}
