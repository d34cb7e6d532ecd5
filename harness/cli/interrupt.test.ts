// Signals while runs are done: clean stop, end at once, and what holds when the runs are over.
import { afterEach, expect, test, vi } from "vitest";
import { EXIT_CODES } from "#harness/failure/exit-codes.ts";
import { catchInterrupts } from "./interrupt.ts";

const before = process.listeners("SIGINT");
afterEach(() => {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.removeAllListeners(signal);
  for (const listener of before) process.on("SIGINT", listener);
  vi.restoreAllMocks();
});

test("the first signal asks for a clean stop, the second ends at once, also when the runs are over by then", () => {
  const exit = vi.spyOn(process, "exit").mockImplementation(() => undefined as never);
  const told: string[] = [];
  const { interruption, release } = catchInterrupts(() => void told.push("stopping"));
  process.emit("SIGINT");
  expect([interruption.stop.aborted, interruption.now.aborted, told]).toEqual([true, false, ["stopping"]]);
  release();
  process.emit("SIGTERM");
  expect([interruption.now.aborted, told]).toEqual([true, ["stopping"]]);
  expect(exit).toHaveBeenCalledWith(EXIT_CODES.interrupted.code);
});

test("without a signal the defaults are given back", () => {
  const count = process.listenerCount("SIGHUP");
  const { release } = catchInterrupts(() => undefined);
  expect(process.listenerCount("SIGHUP")).toBe(count + 1);
  release();
  expect(process.listenerCount("SIGHUP")).toBe(count);
});
