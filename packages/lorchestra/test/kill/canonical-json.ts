/**
 * A JSON text in one form, so that two texts of the same value are equal: no white space, members by name, strings decoded
 * and written anew, numbers as digits and a power of ten. No number passes through a double.
 */
export function canonicalJson(text: string): string {
  const tokens = text.match(/"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g) ?? [];
  let at = 0;

  function value(): string {
    const token = tokens[at++] ?? "";
    if (token === "[") return `[${sequence("]", value).join(",")}]`;
    if (token === "{") {
      const members = sequence("}", () => {
        const name = written(tokens[at++] ?? "");
        at += 1;
        return `${name}:${value()}`;
      });
      return `{${members.sort().join(",")}}`;
    }
    if (token.startsWith('"')) return written(token);
    return /^-?\d/.test(token) ? number(token) : token;
  }

  function sequence(end: string, item: () => string): string[] {
    const items: string[] = [];
    while (tokens[at] !== end && at < tokens.length) {
      items.push(item());
      if (tokens[at] === ",") at += 1;
    }
    at += 1;
    return items;
  }

  return value();
}

function written(token: string): string {
  return JSON.stringify(JSON.parse(token));
}

function number(token: string): string {
  const [mantissa = "", exponent = "0"] = token.toLowerCase().split("e");
  const isNegative = mantissa.startsWith("-");
  const [whole = "", fraction = ""] = mantissa.replace("-", "").split(".");
  const digits = `${whole}${fraction}`.replace(/^0+/, "");
  const significant = digits.replace(/0+$/, "");
  if (significant === "") return "0";
  const power = Number(exponent) - fraction.length + digits.length - significant.length;
  return `${isNegative ? "-" : ""}${significant}e${power}`;
}
