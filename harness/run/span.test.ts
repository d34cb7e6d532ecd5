// Spans: the wall clock may be set while something lasts, its length may not change by that.
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { beginSpan } from "./span.ts";

afterEach(() => void vi.useRealTimers());

test.each([-86_400_000, 3_600_000])(
  "a clock that is set by %d ms in between moves neither the beginning nor the length",
  async (jump) => {
    vi.useFakeTimers({ toFake: ["Date"], now: 1_700_000_000_000 });
    const span = beginSpan();
    await sleep(20);
    vi.setSystemTime(1_700_000_000_000 + jump);
    const took = span.finishedAt().getTime() - span.startedAt.getTime();
    expect(span.startedAt.getTime()).toBe(1_700_000_000_000);
    expect(took).toBeGreaterThanOrEqual(0);
    expect(took).toBeLessThan(60_000);
  },
);
