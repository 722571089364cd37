import type { Clock, ReadEvent } from "injest";
import type { Output } from "../io.js";
import { counted, duration, grouped } from "./figures.js";
import type { Paint } from "./paint.js";

/** A live line a job, on a terminal only. */
export interface Progress {
  /** Prints a line above the live ones; what does not fit into the terminal's width goes on, between two parts, below. */
  announce(parts: readonly string[]): Promise<void>;
  observe(line: string, event: ReadEvent): void;
  /** Takes the lines away, so that something else can be printed; the next event draws them again. */
  clear(): Promise<void>;
  /** The line is not drawn any more. */
  end(line: string): void;
}

export interface ProgressOptions {
  readonly output: Output;
  /** False where there is no terminal, or where quiet was asked for: then nothing is ever drawn. */
  readonly isWanted: boolean;
  readonly paint: Paint;
  readonly clock: Clock;
  /** Keys of lines, one a job, with what they are called. */
  readonly labels: ReadonlyMap<string, string>;
}

/** Often enough to look alive, seldom enough to cost nothing. */
const REDRAW_MS = 100;

interface LineState {
  objects: number;
  pages: number;
  nestedPages: number;
  remaining: number | null;
  inUse: number;
  limit: number;
  waiting: string | null;
}

export function createProgress({ output, isWanted, paint, clock, labels }: ProgressOptions): Progress {
  const states = new Map<string, LineState>([...labels.keys()].map((line) => [line, newState()]));
  let drawnLines = 0;
  let drawnAtMs = Number.NEGATIVE_INFINITY;

  const erase = (): string => (drawnLines === 0 ? "" : `\u001b[${drawnLines}A\u001b[0J`);
  const draw = (): void => {
    const width = Math.max(...[...labels.values()].map((label) => label.length));
    const lines = [...states].map(([line, state]) =>
      lineOf((labels.get(line) ?? line).padEnd(width), state, paint, output.columns),
    );
    void output.write(`${erase()}${lines.map((line) => `${line}\n`).join("")}`);
    drawnLines = lines.length;
    drawnAtMs = clock.monotonicMs();
  };
  return {
    async announce(parts) {
      if (isWanted) await output.write(`${paint.dim(inWidth(parts, output.columns))}\n`);
    },
    observe(line, event) {
      const state = states.get(line);
      if (!isWanted || state === undefined) return;
      update(state, event);
      if (clock.monotonicMs() - drawnAtMs >= REDRAW_MS) draw();
    },
    async clear() {
      if (drawnLines > 0) await output.write(erase());
      drawnLines = 0;
    },
    end: (line) => void states.delete(line),
  };
}

function inWidth(parts: readonly string[], columns: number): string {
  let width = 0;
  return parts.reduce((text, part, index) => {
    const isFirst = index === 0;
    const fits = isFirst || width + 3 + part.length <= columns;
    width = fits ? width + part.length + (isFirst ? 0 : 3) : part.length + 2;
    return isFirst ? part : `${text}${fits ? " · " : "\n  "}${part}`;
  }, "");
}

function newState(): LineState {
  return { objects: 0, pages: 0, nestedPages: 0, remaining: null, inUse: 0, limit: 0, waiting: null };
}

function update(state: LineState, event: ReadEvent): void {
  if (event.type === "progress") {
    const { objects, pages, nestedPages, remaining } = event;
    Object.assign(state, { objects, pages, nestedPages, remaining, waiting: null });
  } else if (event.type === "rate") Object.assign(state, { inUse: event.inUse, limit: event.limit });
  else if (event.type === "retry") state.waiting = `${event.reason}, again in ${duration(event.delayMs)}`;
  else if (event.type === "rate-limited")
    state.waiting = `Stripe asks to slow down (${event.reason ?? "no reason given"})`;
}

const BAR_WIDTH = 20;

/** What the figures beside it need to say something. A narrow terminal has a shorter bar, or none. */
const FIGURES_WIDTH = 30;

function lineOf(label: string, state: LineState, paint: Paint, columns: number): string {
  const { objects, remaining, inUse, limit } = state;
  const share = remaining === null ? 0 : objects / Math.max(1, objects + remaining);
  const barWidth = Math.max(0, Math.min(BAR_WIDTH, columns - label.length - 7 - FIGURES_WIDTH));
  const filled = Math.min(barWidth, Math.round(share * barWidth));
  const parts = [
    grouped(objects).padStart(9),
    counted(state.pages, "page") + (state.nestedPages > 0 ? ` + ${grouped(state.nestedPages)} of lines` : ""),
    ...(limit > 0 ? [`${Math.round(inUse)}/${Math.round(limit)} per s`] : []),
    ...(state.waiting !== null ? [state.waiting] : timeLeft(state)),
  ];
  const rest = columns - label.length - barWidth - 7;
  const text = parts.join("   ");
  const cut = text.length > rest ? `${text.slice(0, Math.max(0, rest - 1))}…` : text;
  return `  ${label}  ${paint.green("█".repeat(filled))}${paint.dim("·".repeat(barWidth - filled))}  ${cut}`;
}

/** What is left takes as many pages as what was read, in proportion: lists have small ones, too. */
function timeLeft({ objects, pages, remaining, inUse }: LineState): string[] {
  if (remaining === null || remaining === 0 || objects === 0 || inUse < 0.5) return [];
  const pagesLeft = (remaining * pages) / objects;
  return [`about ${duration(Math.max(1, pagesLeft / inUse) * 1_000, 0)} left`];
}
