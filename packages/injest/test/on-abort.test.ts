import { getEventListeners } from "node:events";
import { expect, it } from "vitest";
import { onAbort } from "../src/on-abort.js";

it("calls back all that wait, once, in their order", () => {
  const controller = new AbortController();
  const called: string[] = [];
  for (const name of ["one", "two", "three"]) onAbort(controller.signal, () => called.push(name));
  expect(called).toEqual([]);
  controller.abort();
  controller.signal.dispatchEvent(new Event("abort"));
  expect(called).toEqual(["one", "two", "three"]);
});

it("calls nothing that was taken back", () => {
  const controller = new AbortController();
  const called: string[] = [];
  const wait = (name: string): (() => void) => onAbort(controller.signal, () => called.push(name));
  const forget = wait("one");
  wait("two");
  forget();
  forget();
  controller.abort();
  expect(called).toEqual(["two"]);
});

it("calls nothing that another callback has just taken back", () => {
  const controller = new AbortController();
  const called: string[] = [];
  let forget = (): void => undefined;
  onAbort(controller.signal, () => {
    called.push("one");
    forget();
  });
  forget = onAbort(controller.signal, () => called.push("two"));
  onAbort(controller.signal, () => called.push("three"));
  controller.abort();
  expect(called).toEqual(["one", "three"]);
});

it("has one listener for all that wait for a signal, and none once nobody does", () => {
  const { signal } = new AbortController();
  const listeners = (): number => getEventListeners(signal, "abort").length;
  const forget = [1, 2, 3].map(() => onAbort(signal, () => undefined));
  expect(listeners()).toBe(1);
  forget.pop()?.();
  expect(listeners()).toBe(1);
  for (const one of forget) one();
  expect(listeners()).toBe(0);
  onAbort(signal, () => undefined);
  expect(listeners()).toBe(1);
});

it("waits for nothing without a signal", () => {
  expect(onAbort(undefined, () => expect.unreachable())()).toBeUndefined();
});
