import { arrayOf, BOOL, STRING } from "../emit/sql-type.js";
import { typed, type Typed } from "../emit/typed.js";
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
    emit: (site) =>
      typed(`regexp_extract_all(${site.arg(0).sql}, ${site.arg(1).sql}, ${group(site)})`, arrayOf(STRING)),
  },
  REGEXP_REPLACE: written(
    STRING,
    [3, 3],
    ["string"],
    (value, pattern, replacement) => `regexp_replace(${value}, ${pattern}, ${replacement}, 'g')`,
  ),
};

function extract(site: CallSite): Typed {
  const [value, pattern] = [site.arg(0).sql, site.arg(1).sql];
  if (site.length === 2) return typed(`bq_regexp_extract(${value}, ${pattern}, ${group(site)})`, STRING);
  const from = `bq_substr(${value}, ${site.arg(2).sql})`;
  const occurrence = site.length === 4 ? site.arg(3).sql : "1";
  return typed(`list_extract(regexp_extract_all(${from}, ${pattern}, ${group(site)}), ${occurrence})`, STRING);
}

/** The group that is extracted: the only one of the pattern, or the whole match. */
function group(site: CallSite): 0 | 1 {
  const pattern = site.text(1);
  if (pattern.length > LONGEST_PATTERN)
    throw unsupported(site.call.at, "a pattern of so many characters", "shorten it");
  // Escaped characters and classes hold no groups, and `(?` opens one only with a name.
  const bare = pattern.replaceAll(/\\Q.*?(?:\\E|$)|\\./gs, "").replaceAll(/\[\^?\]?[^\]]*\]/g, "");
  const groups = bare.match(/\((?!\?)|\(\?P?<(?![=!])/g)?.length ?? 0;
  if (groups > 1)
    throw invalid(
      site.call.args[1]?.at ?? site.call.at,
      `${site.call.name} takes a pattern with one group, not ${groups}`,
      "write (?:...) for the other groups",
    );
  return groups === 1 ? 1 : 0;
}
