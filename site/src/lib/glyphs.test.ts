import { describe, expect, it } from "vitest";
import { assignGlyphs, SHAPE_NAMES, shapePath } from "./glyphs.ts";

const ids = (n: number) => Array.from({ length: n }, (_, i) => `method-${i}`);
const code = (glyph: { colour: number; shape: string } | undefined) => `${glyph?.colour} ${glyph?.shape}`;

describe("the colour and shape of a method", () => {
  it("are its own among up to 42 methods, and no shape and colour are given out of turn beyond", () => {
    const codes = [...assignGlyphs(ids(42)).values()].map(code);
    expect(new Set(codes).size).toBe(42);
    expect(assignGlyphs(ids(100)).size).toBe(100);
  });

  it("do not depend on the order in which methods are listed", () => {
    const [forward, backward] = [assignGlyphs(ids(20)), assignGlyphs(ids(20).reverse())];
    for (const id of ids(20)) expect(forward.get(id)).toEqual(backward.get(id));
  });

  it("seldom change when a method is added", () => {
    const before = assignGlyphs(ids(20));
    const after = assignGlyphs([...ids(20), "a-new-one"]);
    expect(ids(20).filter((id) => code(before.get(id)) !== code(after.get(id))).length).toBeLessThanOrEqual(
      3,
    );
  });
});

describe("a shape", () => {
  it("has a path of its own, of about one area", () => {
    const paths = SHAPE_NAMES.map((shape) => shapePath(shape, 10));
    expect(new Set(paths).size).toBe(SHAPE_NAMES.length);
    // Shoelace formula over the corners; the circle has none.
    for (const path of paths.slice(1)) {
      const corners = [...path.matchAll(/(-?[\d.]+),(-?[\d.]+)/g)].map(
        ([, x, y]) => [Number(x), Number(y)] as const,
      );
      const twice = corners.reduce((sum, [x, y], i) => {
        const [nextX, nextY] = corners[(i + 1) % corners.length] ?? [0, 0];
        return sum + x * nextY - nextX * y;
      }, 0);
      expect(Math.abs(twice) / 2).toBeGreaterThan(120);
      expect(Math.abs(twice) / 2).toBeLessThan(320);
    }
  });
});
