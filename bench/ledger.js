/**
 * Keeps what a bench measured: prints a line a case, and holds the counts that must not be exceeded against it. A limit
 * may be passed by `tolerance`.
 */
export function createLedger({ tolerance }) {
  const results = [];
  const failures = [];
  return {
    results,
    failures,
    /** `limits`: figures of this case that are wrong above a value. They are counts or ratios of one run, never seconds. */
    note(name, figures, limits = {}) {
      results.push({ name, ...figures, limits });
      const text = Object.entries(figures).map(([key, value]) => `${key} ${rounded(value)}`);
      console.log(`${name.padEnd(58)} ${text.join("   ")}`);
      for (const [key, limit] of Object.entries(limits)) {
        if (!(figures[key] <= limit * tolerance))
          failures.push(`${name}: ${key} is ${rounded(figures[key])}, more than ${limit}`);
      }
    },
  };
}

function rounded(value) {
  return typeof value === "number" ? Number(value.toFixed(2)) : String(value);
}
