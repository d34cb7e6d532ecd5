import { describe, expect, it } from "vitest";
import { stream } from "#harness/random/stream.ts";
import { type Box, placeLabels } from "./labels.ts";

const AREA: Box = { x: 0, y: 0, width: 560, height: 380 };

const random = stream(7, "labels");
const LABELS = Array.from({ length: 30 }, () => ({
  x: 20 + random.uniform() * 500,
  y: 20 + random.uniform() * 340,
  width: 40 + random.uniform() * 60,
  height: 14,
}));

describe("labels of a plot", () => {
  it("cover neither each other nor any point, and stay inside the plot", () => {
    const placed = placeLabels(LABELS, AREA);
    const boxes = placed.flatMap(({ at }, i) => {
      const label = LABELS[i];
      return at === null || label === undefined
        ? []
        : [{ left: at.x, right: at.x + label.width, top: at.y - 7, bottom: at.y + 7 }];
    });
    expect(boxes.length).toBeGreaterThan(25);
    for (const [i, a] of boxes.entries()) {
      expect(a.left >= 0 && a.right <= 560 && a.top >= 0 && a.bottom <= 380).toBe(true);
      for (const b of boxes.slice(i + 1)) {
        const apart = a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
        expect(apart).toBe(true);
      }
      for (const { x, y } of LABELS)
        expect(x > a.left && x < a.right && y > a.top && y < a.bottom).toBe(false);
    }
  });

  it("of points that are named from nearby only stand beside them or nowhere, and no text takes no place", () => {
    const stack = Array.from({ length: 12 }, (_, i) => ({ x: 280, y: 100 + 4 * i, width: 40, height: 14 }));
    const near = placeLabels(
      stack.map((label) => ({ ...label, near: true })),
      AREA,
    );
    expect(placeLabels(stack, AREA).some(({ far }) => far)).toBe(true);
    expect([near.some(({ far }) => far), near.some(({ at }) => at === null)]).toEqual([false, true]);
    // At most 9 units from the point's middle, and never further up or down than the gap and its own height.
    for (const [i, { at }] of near.entries())
      if (at !== null) expect(Math.abs(at.y - (stack[i]?.y ?? 0))).toBeLessThanOrEqual(9 + 14);
    const [silent, named] = [
      { x: 100, y: 100, width: 0, height: 14 },
      { x: 130, y: 140, width: 40, height: 14 },
    ];
    expect(placeLabels([silent, named], AREA).map(({ at }) => at?.x)).toEqual([undefined, 139]);
  });

  it("stand at the right of a lone point, at the left of one with a line on its right", () => {
    const point = { x: 100, y: 100, width: 40, height: 14 };
    expect(placeLabels([point], AREA)).toEqual([{ at: { x: 109, y: 100 }, far: false }]);
    expect(placeLabels([{ ...point, left: true }], AREA)[0]?.at?.x).toBe(51);
  });

  it("are left out where there is no room, the first ones last", () => {
    const many = Array.from({ length: 80 }, () => ({ x: 100, y: 100, width: 90, height: 14 }));
    const placed = placeLabels(many, AREA);
    expect(placed[0]?.at).not.toBeNull();
    expect(placed.at(-1)?.at).toBeNull();
  });
});
