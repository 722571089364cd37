import { existsSync, lstatSync, readlinkSync, realpathSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import type { FilePlace } from "../address.js";

/** Behind symbolic links, as DuckDB follows them: the log, and whatever else is beside a file, lies where the file does. */
export function behindLinks(place: FilePlace): FilePlace {
  const path = realPath(place.path);
  return { ...place, path, realName: isLink(place.path) ? path : place.name };
}

export function logPath({ path }: FilePlace): string {
  return `${path}.wal`;
}

/** As people are told of it. */
export function logName({ realName }: FilePlace): string {
  return `${realName}.wal`;
}

/** The command that moves a file out of the way, so that the next run makes a new one: with its log, which fits no other. */
export function moveAwayCommand(place: FilePlace, ending: string): string {
  const { realName } = place;
  const file = `mv ${realName} ${realName}.${ending}`;
  return existsSync(logPath(place)) ? `${file} && ${moveLogCommand(place, ending)}` : file;
}

/** What to do with a log that belongs to another file than the one that it lies beside. */
export function hintForOtherLog(place: FilePlace): string {
  return `put the file that it belongs to back; or move it away and run again, which reads from Stripe what is in it: ${moveLogCommand(place, "other")}`;
}

/** To where the log of a file lies that was moved with the same ending. */
function moveLogCommand(place: FilePlace, ending: string): string {
  return `mv ${logName(place)} ${place.realName}.${ending}.wal`;
}

/** Of a file that is not there too. */
function realPath(path: string, linksLeft = 40): string {
  try {
    return realpathSync(path);
  } catch {
    // Not there, or nowhere to be made.
  }
  try {
    if (linksLeft > 0 && isLink(path)) return realPath(resolve(dirname(path), readlinkSync(path)), linksLeft - 1);
    return join(realpathSync(dirname(path)), basename(path));
  } catch {
    return path;
  }
}

function isLink(path: string): boolean {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}
