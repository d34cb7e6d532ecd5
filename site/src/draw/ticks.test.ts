import { describe, expect, it } from "vitest";
import { linearTicks, logTicks, tickText } from "./ticks.ts";

describe("ticks of an axis", () => {
  it("stand at round numbers of the unit inside the axis", () => {
    expect(linearTicks(0.795, 0.865, "share").map((tick) => tickText(tick, "share"))).toEqual([
      "80 %",
      "82 %",
      "84 %",
      "86 %",
    ]);
    expect(linearTicks(6.2 * 2 ** 20, 28 * 2 ** 20, "bytes").map((tick) => tickText(tick, "bytes"))).toEqual([
      "10 MiB",
      "15 MiB",
      "20 MiB",
      "25 MiB",
    ]);
    expect(logTicks(700, 9e6, "count").map((tick) => tickText(tick, "count"))).toEqual([
      "1 k",
      "10 k",
      "100 k",
      "1 M",
    ]);
    expect(logTicks(3, 30, "milliseconds").map((tick) => tickText(tick, "milliseconds"))).toEqual([
      "5 ms",
      "10 ms",
      "20 ms",
    ]);
  });

  it("leave nats to the axis's label and say 0 plainly", () => {
    expect(["nats", "bytes", "share"].map((unit) => tickText(0, unit as "nats"))).toEqual(["0", "0", "0"]);
    expect(tickText(0.35, "nats")).toBe("0.35");
  });
});
