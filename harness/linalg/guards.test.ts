import { describe, expect, it } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import { stream } from "#harness/random/stream.ts";
import { cholesky } from "./cholesky.ts";
import { symmetricEigen } from "./eigen.ts";
import { identity } from "./matrix.ts";
import { qr } from "./qr.ts";
import { rangeFinder } from "./range-finder.ts";
import { singularValues, svd } from "./svd.ts";
import { gaussian } from "./testing/matrices.ts";
import { leadingSubspace, truncatedSvd } from "./truncated-svd.ts";

const name = "gradient of encoder.0.query";

function caught(action: () => unknown): RankbenchError {
  try {
    action();
  } catch (error) {
    if (error instanceof RankbenchError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

describe("bad input", () => {
  it.each([
    ["svd", (a: ReturnType<typeof identity>) => svd(a, { name })],
    ["singularValues", (a: ReturnType<typeof identity>) => singularValues(a, { name })],
    ["symmetricEigen", (a: ReturnType<typeof identity>) => symmetricEigen(a, { name })],
    ["qr", (a: ReturnType<typeof identity>) => qr(a, { name })],
    ["truncatedSvd", (a: ReturnType<typeof identity>) => truncatedSvd(a, 2, { name })],
    ["leadingSubspace", (a: ReturnType<typeof identity>) => leadingSubspace(a, 2, { name, side: "left" })],
    ["rangeFinder", (a: ReturnType<typeof identity>) => rangeFinder(a, 2, { name, stream: stream(0, "t") })],
    ["cholesky", (a: ReturnType<typeof identity>) => cholesky(a, { name })],
  ])("%s names the matrix and its first entry that is not finite", (_, decompose) => {
    for (const bad of [Number.NaN, Number.POSITIVE_INFINITY]) {
      const a = identity(5);
      a.data[13] = bad;
      const error = caught(() => decompose(a));
      expect(error.parts.reason).toBe("failed");
      expect(error.message).toContain(name);
      expect(error.parts.field).toBe("entry (2, 3)");
      expect(error.parts.value).toBe(String(bad));
    }
  });

  it("a rank of 0, a negative or a broken one is refused as configuration", () => {
    for (const rank of [0, -1, 2.5, Number.NaN]) {
      const error = caught(() => truncatedSvd(gaussian(4, 4), rank, { name }));
      expect(error.parts.reason).toBe("config");
      expect(error.parts.field).toBe("rank");
      expect(error.message).toContain(name);
    }
  });

  it("a matrix without entries is a defect of the caller", () => {
    expect(() => truncatedSvd(gaussian(0, 4), 1)).toThrow(RangeError);
  });
});
