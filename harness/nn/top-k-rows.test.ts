import { describe, expect, it } from "vitest";
import { stream } from "#harness/random/stream.ts";
import { keepTopK } from "./top-k-rows.ts";

describe("keepTopK", () => {
  it("keeps the k largest magnitudes of each row, the earlier of equal ones", () => {
    const values = Float32Array.of(1, -3, 2, 3, 0, 0, 0, 0, -1, 1, 1, -1);
    keepTopK(values, 4, 2);
    expect([...values]).toEqual([0, -3, 0, 3, 0, 0, 0, 0, -1, 1, 0, 0]);
  });

  it("agrees with sorting each row by hand", () => {
    const random = stream(1, "top-k");
    const values = Float32Array.from({ length: 300 }, () => random.integer(7) - 3);
    const wanted = values.slice();
    for (let start = 0; start < 300; start += 30) {
      const order = Array.from({ length: 30 }, (_, i) => start + i).sort(
        (a, b) => Math.abs(wanted[b] ?? 0) - Math.abs(wanted[a] ?? 0) || a - b,
      );
      for (const at of order.slice(11)) wanted[at] = 0;
    }
    keepTopK(values, 30, 11);
    expect([...values].map((x) => x + 0)).toEqual([...wanted].map((x) => x + 0));
  });
});
