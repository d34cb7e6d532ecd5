import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { COLOURS } from "./glyphs.ts";

const SHEET = readFileSync(join(import.meta.dirname, "..", "styles", "base.css"), "utf8");

type Rgb = readonly [number, number, number];
type Matrix = readonly (readonly [number, number, number])[];

/** Linear light of `#rrggbb`. */
function linear(hex: string): Rgb {
  const channel = (at: number): number => {
    const value = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  };
  return [channel(1), channel(3), channel(5)];
}

const times = (matrix: Matrix, [r, g, b]: Rgb): Rgb => {
  const [x = 0, y = 0, z = 0] = matrix.map(([a, c, d]) => a * r + c * g + d * b);
  return [x, y, z];
};
const kept = (value: number): number => Math.min(1, Math.max(0, value));

/** Machado, Oliveira and Fernandes (IEEE TVCG 15 (2009) 1291), severity 1, on linear light. */
const SIGHT: Readonly<Record<string, Matrix>> = {
  usual: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

/** Oklab (Ottosson 2020): distances about as far as they look. */
function oklab(rgb: Rgb): Rgb {
  const [l, m, s] = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    rgb,
  );
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    [Math.cbrt(l), Math.cbrt(m), Math.cbrt(s)],
  );
}

const distance = (a: Rgb, b: Rgb): number => Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);

/** Values of a custom property by scheme: light first. */
const values = (name: string): string[] =>
  [...SHEET.matchAll(new RegExp(`--${name}: (#[0-9a-f]{6})`, "g"))].map(([, hex]) => hex ?? "");

const seen = (hex: string, sight: string): Rgb => {
  const [r, g, b] = times(SIGHT[sight] ?? [], linear(hex));
  return oklab([kept(r), kept(g), kept(b)]);
};

const luminance = (hex: string): number => {
  const [r, g, b] = linear(hex);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a: string, b: string): number => {
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p);
  return ((x ?? 0) + 0.05) / ((y ?? 0) + 0.05);
};

const SCHEMES = ["light", "dark"] as const;
const series = SCHEMES.map((_, scheme) =>
  Array.from({ length: COLOURS }, (_, i) => values(`series-${i}`)[scheme] ?? ""),
);

describe("the colours of series", () => {
  it.each(Object.keys(SIGHT))("keep a distance that can be told under %s, in light and dark", (sight) => {
    const nearest = series.map((colours) =>
      Math.min(
        ...colours.flatMap((a, i) =>
          colours.slice(i + 1).map((b) => distance(seen(a, sight), seen(b, sight))),
        ),
      ),
    );
    // A just noticeable difference is about 0.02; shape and label are the second and third code.
    for (const [scheme, least] of nearest.entries())
      expect(least, `${SCHEMES[scheme]}, ${sight}`).toBeGreaterThan(0.08);
  });

  it("stand out from their ground by 3:1, as WCAG asks of graphics", () => {
    for (const [scheme, colours] of series.entries()) {
      for (const ground of ["ground", "raised"])
        for (const colour of colours)
          expect(contrast(colour, values(ground)[scheme] ?? ""), `${colour} on ${ground}`).toBeGreaterThan(3);
    }
  });

  it("are told from the front's line by lightness or shape alone: the front is no red against green", () => {
    const colours = SCHEMES.map(
      (_, scheme) => [values("good")[scheme] ?? "", values("fail")[scheme] ?? ""] as const,
    );
    for (const [good, fail] of colours)
      for (const sight of Object.keys(SIGHT))
        expect(distance(seen(good, sight), seen(fail, sight)), sight).toBeGreaterThan(0.05);
  });
});
