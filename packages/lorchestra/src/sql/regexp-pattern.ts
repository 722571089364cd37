/** What a pattern of RE2 is made of, as far as a translation needs to know: https://github.com/google/re2/wiki/Syntax */

export function groupsIn(pattern: string): number {
  // `(?` opens one only with a name.
  return bareOf(pattern).match(/\((?!\?)|\(\?P?<(?![=!])/g)?.length ?? 0;
}

/** Whether a match may lack its group: one that is optional, or stands beside others of which one is enough. */
export function mayLeaveOutItsGroup(pattern: string): boolean {
  return groupsIn(pattern) > 0 && /\)[?*{]|\|/.test(bareOf(pattern));
}

/** Without escaped characters and classes, which hold no groups. */
function bareOf(pattern: string): string {
  return pattern.replaceAll(QUOTED, "").replaceAll(ESCAPED, "").replaceAll(CLASS, "");
}

const QUOTED = /\\Q(.*?)(?:\\E|$)/gs;
const ESCAPED = /\\[pPx]\{[^}]*\}|\\./gs;
const CLASS = /\[\^?\]?(?:\[:\^?\w+:\]|[^\]])*\]/g;

/** Whether an empty text matches. What takes a character becomes an x and what takes none is left out, from the innermost group on. */
export function fitsEmpty(pattern: string): boolean {
  let rest = pattern
    .replaceAll(QUOTED, (_, text: string) => (text === "" ? "" : "x"))
    .replaceAll(/\\[bBAz]/g, "")
    .replaceAll(ESCAPED, "x")
    .replaceAll(CLASS, "x")
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

function hasEmptyBranch(reduced: string): boolean {
  return reduced.split("|").includes("");
}
