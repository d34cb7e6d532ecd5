import { describe, expect, it } from "vitest";
import { normaliseBase } from "./address.ts";
import { boardPath, linkTo } from "./links.ts";

describe("a base path", () => {
  it("has one slash at each end, however it was written", () => {
    for (const text of ["/rank-board", "/rank-board/", "rank-board", "//rank-board//"]) {
      expect(normaliseBase(text)).toBe("/rank-board/");
    }
    expect(["", "/"].map(normaliseBase)).toEqual(["/", "/"]);
    expect(normaliseBase("/a/b")).toBe("/a/b/");
  });

  it("is refused when it is an address, leads upwards or needs escaping", () => {
    for (const text of ["https://example.org/x", "/a/../b", "/a b", "/ä", "/a?b"]) {
      expect(() => normaliseBase(text)).toThrow("the base path cannot be used");
    }
  });
});

describe("a link", () => {
  it("has the base once and no double slash", () => {
    for (const base of ["/rank-board", "/rank-board/"]) {
      expect(linkTo(base, boardPath("glue-sst2-small"))).toBe("/rank-board/boards/glue-sst2-small/");
      expect(linkTo(base, "")).toBe("/rank-board/");
    }
    expect(linkTo("/", "data/")).toBe("/data/");
  });
});
