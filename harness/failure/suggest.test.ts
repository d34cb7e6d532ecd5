import { describe, expect, it } from "vitest";
import { nearest, unknownName } from "./suggest.ts";

describe("nearest", () => {
  it("takes exchanged letters for one slip, so that lroa is lora and not lisa", () => {
    expect(nearest("lroa", ["lisa", "lora", "sora"])).toBe("lora");
    expect(nearest("qeury", ["key", "query"])).toBe("query");
  });

  it("finds a missing, an extra and a wrong letter, whatever the case", () => {
    expect(nearest("galre", ["galore", "fira"])).toBe("galore");
    expect(nearest("GALOREE", ["galore", "fira"])).toBe("galore");
    expect(nearest("fore", ["fira", "galore"])).toBe("fira");
  });

  it("offers nothing where nothing is near", () => {
    expect(nearest("transformer", ["lora", "galore"])).toBe(undefined);
    expect(nearest("x", [])).toBe(undefined);
  });
});

describe("unknownName", () => {
  it("names the value, the known ones, the nearest one and the command that lists them", () => {
    const error = unknownName({
      reason: "usage",
      kind: "method",
      name: "lroa",
      known: ["lisa", "lora"],
      listCommand: "pnpm bench list methods",
    });
    expect(error.exitCode).toBe(2);
    expect(error.message).toMatch(
      /unknown method "lroa"[\s\S]*lisa, lora[\s\S]*did you mean "lora"\?; see pnpm bench list methods/,
    );
  });

  it("does not print a long list, but says how many there are", () => {
    const known = Array.from({ length: 60 }, (_, i) => `task-${i}`);
    expect(unknownName({ reason: "usage", kind: "task", name: "zzz", known }).message).toContain(
      "one of 60 names",
    );
  });
});
