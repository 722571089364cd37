import { arrayOf, BOOL, STRING } from "../emit/sql-type.js";
import { typed, type Typed } from "../emit/typed.js";
import { fitsEmpty, groupsIn, mayLeaveOutItsGroup } from "../regexp-pattern.js";
import { invalid, unsupported } from "../sql-problem.js";
import { written, type CallSite, type Rules } from "./function-rule.js";

/** A pattern is scanned for its groups, some of it several times. */
const LONGEST_PATTERN = 5_000;

/** Regular expressions: both BigQuery and DuckDB use RE2. */
export const REGEXP_FUNCTIONS: Rules = {
  REGEXP_CONTAINS: written(BOOL, [2, 2], ["string"], (value, pattern) => `regexp_matches(${value}, ${pattern})`),
  REGEXP_EXTRACT: { count: [2, 4], takes: ["string", "string", "integer"], emit: extract },
  REGEXP_SUBSTR: { count: [2, 4], takes: ["string", "string", "integer"], emit: extract },
  REGEXP_EXTRACT_ALL: {
    count: [2, 2],
    takes: ["string"],
    emit: (site) => typed(extractAll(site), arrayOf(STRING)),
  },
  REGEXP_REPLACE: { count: [3, 3], takes: ["string"], emit: replace },
};

function extract(site: CallSite): Typed {
  const [value, pattern] = [site.arg(0).sql, site.arg(1).sql];
  const extracted = group(site);
  if (site.length === 2 && !mayLeaveOutItsGroup(site.text(1)))
    return typed(`bq_regexp_extract(${value}, ${pattern}, ${extracted})`, STRING);
  if (site.length === 4) refuseEmptyMatches(site);
  const from =
    site.length === 2
      ? value
      : `bq_text_from(${value}, ${site.arg(2).sql}, ${site.failure("the position is not positive")})`;
  const occurrence =
    site.length === 4 ? `bq_with_least(1, ${site.arg(3).sql}, ${site.failure("the occurrence is not positive")})` : "1";
  return typed(`list_extract(regexp_extract_all(${from}, ${pattern}, ${extracted}), ${occurrence})`, STRING);
}

/** Of a group that took no part BigQuery has an empty text here, and NULL in REGEXP_EXTRACT; DuckDB has it the other way round. */
function extractAll(site: CallSite): string {
  const all = `regexp_extract_all(${site.arg(0).sql}, ${site.arg(1).sql}, ${group(site)})`;
  refuseEmptyMatches(site);
  return mayLeaveOutItsGroup(site.text(1)) ? `list_transform(${all}, lambda bq_item: coalesce(bq_item, ''))` : all;
}

/** DuckDB would take a mistake in the third argument for one that replaces nothing. */
function replace(site: CallSite): Typed {
  const [value, pattern, replacement] = [site.arg(0), site.arg(1), site.arg(2)];
  const at = site.call.args[2]?.at ?? site.call.at;
  const named = [...(replacement.literal ?? "").matchAll(/\\(.?)/gs)].map(([, name = ""]) => name);
  if (named.some((name) => !/[\\0-9]/.test(name)))
    throw invalid(at, "a \\ of REGEXP_REPLACE stands before a digit or another \\", "write \\\\ for one \\");
  const highest = Math.max(0, ...named.filter((name) => name !== "\\").map(Number));
  if (pattern.literal !== undefined && pattern.literal.length <= LONGEST_PATTERN && highest > groupsIn(pattern.literal))
    throw invalid(at, `the pattern of REGEXP_REPLACE has no group ${highest}`, "\\0 is the whole match");
  return typed(`regexp_replace(${value.sql}, ${pattern.sql}, ${replacement.sql}, 'g')`, STRING);
}

/** Where a match may be empty, the two find other ones: after the last character, and behind a match. */
function refuseEmptyMatches(site: CallSite): void {
  if (!fitsEmpty(site.text(1))) return;
  throw unsupported(
    site.call.args[1]?.at ?? site.call.at,
    `${site.call.name} with a pattern that an empty text fits`,
    "write + in place of *",
  );
}

/** The group that is extracted: the only one of the pattern, or the whole match. */
function group(site: CallSite): 0 | 1 {
  const pattern = site.text(1);
  if (pattern.length > LONGEST_PATTERN)
    throw unsupported(site.call.at, "a pattern of so many characters", "shorten it");
  const groups = groupsIn(pattern);
  if (groups > 1)
    throw invalid(
      site.call.args[1]?.at ?? site.call.at,
      `${site.call.name} takes a pattern with one group, not ${groups}`,
      "write (?:...) for the other groups",
    );
  return groups === 1 ? 1 : 0;
}
