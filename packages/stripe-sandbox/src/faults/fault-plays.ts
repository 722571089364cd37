import { ACCOUNT_PLAYS } from "./account-plays.js";
import type { Fault } from "./fault.js";
import { PAGE_PLAYS } from "./page-plays.js";
import { STATUS_PLAYS } from "./status-plays.js";
import { WIRE_PLAYS } from "./wire-plays.js";
import type { FaultPlay } from "./fault-play.js";

type Plays = { readonly [K in Fault["kind"]]: (fault: Extract<Fault, { kind: K }>) => FaultPlay };

const PLAYS: Plays = { ...STATUS_PLAYS, ...ACCOUNT_PLAYS, ...PAGE_PLAYS, ...WIRE_PLAYS };

/** Every kind of fault there is. */
export const FAULT_KINDS = Object.keys(PLAYS) as Fault["kind"][];

export function playOf(fault: Fault): FaultPlay {
  const play = PLAYS[fault.kind] as ((fault: Fault) => FaultPlay) | undefined;
  if (play === undefined) throw new RangeError(`no such fault: ${fault.kind}; there are ${FAULT_KINDS.join(", ")}`);
  return play(fault);
}
