// Colour and shape of each method, equal on all pages: colours that the colour-blind can tell apart, shape as second code.
// Colours are numbers here; the style sheet gives them their light and dark values.

/** Corners on a circle of radius 1 (or between), from the top; null is the circle itself. */
type Corners = readonly (readonly [number, number])[] | null;

const polygon = (n: number, turn: number, radius = 1): [number, number][] =>
  Array.from({ length: n }, (_, i) => {
    const angle = 2 * Math.PI * (i / n + turn) - Math.PI / 2;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });

const star = (points: number, inner: number): [number, number][] =>
  polygon(points, 0, 1.15).flatMap((corner, i) => [
    corner,
    ...polygon(points, 0.5 / points, inner).slice(i, i + 1),
  ]);

const PLUS: [number, number][] = [
  [-0.35, -1],
  [0.35, -1],
  [0.35, -0.35],
  [1, -0.35],
  [1, 0.35],
  [0.35, 0.35],
  [0.35, 1],
  [-0.35, 1],
  [-0.35, 0.35],
  [-1, 0.35],
  [-1, -0.35],
  [-0.35, -0.35],
];

const SHAPES = {
  circle: null,
  square: polygon(4, 1 / 8, 1.2),
  triangle: polygon(3, 0, 1.2),
  diamond: polygon(4, 0, 1.15),
  plus: PLUS,
  "triangle-down": polygon(3, 0.5, 1.2),
  star: star(5, 0.5),
} as const satisfies Record<string, Corners>;
export type Shape = keyof typeof SHAPES;
export const SHAPE_NAMES = Object.keys(SHAPES) as Shape[];

/** How many colours the style sheet defines: `--series-0` and so on. */
export const COLOURS = 6;

export interface Glyph {
  readonly colour: number;
  readonly shape: Shape;
}

/** Path of a shape of radius `r` around the origin, in SVG's language. */
export function shapePath(shape: Shape, r: number): string {
  const corners: Corners = SHAPES[shape];
  const at = (value: number): string => String(Math.round(value * r * 100) / 100);
  if (corners === null) {
    return `M${at(-0.95)},0a${at(0.95)},${at(0.95)} 0 1,0 ${at(1.9)},0a${at(0.95)},${at(0.95)} 0 1,0 ${at(-1.9)},0Z`;
  }
  return `M${corners.map(([x, y]) => `${at(x)},${at(y)}`).join("L")}Z`;
}

/** FNV-1a: spreads names over the slots; nothing secret hangs on it. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) value = Math.imul(value ^ text.charCodeAt(i), 0x01000193) >>> 0;
  return value;
}

const SLOTS = COLOURS * SHAPE_NAMES.length;

const glyphAt = (slot: number): Glyph => ({
  colour: slot % COLOURS,
  shape: SHAPE_NAMES[Math.floor(slot / COLOURS) % SHAPE_NAMES.length] ?? "circle",
});

/**
 * A glyph for every id. An id's place follows from its name, moved on where that place is taken, so a new method seldom
 * changes another one's; up to 42 ids no two are equal, and beyond that labels tell them apart.
 */
export function assignGlyphs(ids: readonly string[]): ReadonlyMap<string, Glyph> {
  const taken = new Set<number>();
  const glyphs = new Map<string, Glyph>();
  for (const id of [...new Set(ids)].sort()) {
    let slot = hash(id) % SLOTS;
    if (taken.size % SLOTS === 0) taken.clear();
    while (taken.has(slot)) slot = (slot + 1) % SLOTS;
    taken.add(slot);
    glyphs.set(id, glyphAt(slot));
  }
  return glyphs;
}
