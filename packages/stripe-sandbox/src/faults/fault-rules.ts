import { decode } from "../api/decode.js";
import { createRandom } from "../random.js";
import type { ActiveFault, Fault, FaultMatch, FaultRule, Faults } from "./fault.js";

/** What a rule looks at. */
export interface RequestLine {
  readonly method: string;
  readonly path: string;
  /** Without its `?`. */
  readonly search: string;
  /** `GET /v1/invoices/{id}` */
  readonly endpoint: string;
}

/** The rules, and the choice that they make for each request. */
export interface FaultRules extends Faults {
  /** The fault for this request, which counts as played. */
  take(request: RequestLine): Fault | undefined;
}

export function createFaultRules(): FaultRules {
  let rules: Rule[] = [];
  return {
    add(rule) {
      const active = activate(rule);
      rules.push(active);
      return {
        get hits() {
          return active.hits;
        },
        remove: () => void (rules = rules.filter((other) => other !== active)),
      } satisfies ActiveFault;
    },
    clear: () => void (rules = []),
    take(request) {
      for (const rule of rules) if (rule.matches(request)) return rule.play();
      return undefined;
    },
  };
}

interface Rule {
  readonly hits: number;
  matches(request: RequestLine): boolean;
  play(): Fault;
}

function activate({ match = {}, fault, times = Infinity }: FaultRule): Rule {
  const random = createRandom(match.seed ?? 1);
  const nth = typeof match.nth === "number" ? [match.nth] : match.nth;
  let seen = 0;
  let hits = 0;
  return {
    get hits() {
      return hits;
    },
    matches(request) {
      if (hits >= times || !fits(match, request)) return false;
      seen++;
      return nth?.includes(seen) !== false && random.chance(match.probability ?? 1);
    },
    play() {
      hits++;
      return fault;
    },
  };
}

function fits(match: FaultMatch, request: RequestLine): boolean {
  if (match.method !== undefined && match.method !== request.method) return false;
  if (match.query !== undefined && !decode(request.search).includes(match.query)) return false;
  const { path } = match;
  if (path === undefined) return true;
  if (typeof path !== "string") return path.test(request.path);
  if (path.endsWith("*")) return request.path.startsWith(path.slice(0, -1));
  return path === request.path || `${request.method} ${path}` === request.endpoint;
}
