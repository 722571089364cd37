/** What a pattern of RE2 is made of, as far as a translation needs to know: https://github.com/google/re2/wiki/Syntax */

export function groupsIn(pattern: string): number {
  // `(?` opens one only with a name.
  return bareOf(pattern).match(/\((?!\?)|\(\?P?<(?![=!])/g)?.length ?? 0;
}

/** Whether a match may lack its group: one that is optional, or stands beside others of which one is enough. */
export function mayLeaveOutItsGroup(pattern: string): boolean {
  return groupsIn(pattern) > 0 && /\)[?*{]|\|/.test(bareOf(pattern));
}

/** With an x for each escaped character and class, which hold no groups. */
function bareOf(pattern: string): string {
  return pattern.replaceAll(OPAQUE, "x");
}

/**
 * What is read as one: a quotation, whose text is its group, an escape or a class. All in one pass, from the left: `\\Q` begins no
 * quotation, and `[^\]]` ends behind its second bracket.
 */
const OPAQUE =
  /\\Q(.*?)(?:\\E|$)|\\(?:[pPx]\{[^}]*\}|[pP].|x[0-9A-Fa-f]{2}|[0-7]{1,3}|.)|\[\^?\]?(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]/gs;

/** Whether an empty text matches. What takes a character becomes an x and what takes none is left out, from the innermost group on. */
export function fitsEmpty(pattern: string): boolean {
  let rest = pattern
    .replaceAll(OPAQUE, (text: string, quoted?: string) => quoted?.replaceAll(/./gs, "x") ?? (isPlace(text) ? "" : "x"))
    .replaceAll(/\(\?[a-zA-Z-]*\)|[\^$]/g, "")
    .replaceAll(/\(\?(?:P?<\w+>|[a-zA-Z-]*:)/g, "(")
    .replaceAll(/\{0(?:,\d*)?\}/g, "?")
    .replaceAll(/\{[1-9]\d*(?:,\d*)?\}/g, "+")
    .replaceAll(/[^()|*+?]/gs, "x")
    .replaceAll(/([*+?])\?/g, "$1");
  for (let before = ""; before !== rest;) {
    before = rest;
    rest = rest
      .replaceAll(/x[*?]/g, "")
      .replaceAll("x+", "x")
      .replaceAll(/\(([^()]*)\)([*+?]?)/g, (_, inner: string, times: string) =>
        hasEmptyBranch(inner) || times === "*" || times === "?" ? "" : "x",
      );
  }
  return hasEmptyBranch(rest);
}

/** The escapes that take no character: ends of words and of the text. */
function isPlace(text: string): boolean {
  return /^\\[bBAz]$/.test(text);
}

function hasEmptyBranch(reduced: string): boolean {
  return reduced.split("|").includes("");
}
