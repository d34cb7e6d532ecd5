// Places the labels of a scatter plot beside their points so that none covers another label or point. Pure geometry.

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface LabelInput {
  /** Centre of the point. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Try the left side first: the right one is taken by a line. */
  readonly left?: boolean;
  /** Beside its point or not at all. */
  readonly near?: boolean;
}

export interface PlacedLabel {
  /** Left edge and middle of the text; null when there is no room for it. */
  readonly at: { readonly x: number; readonly y: number } | null;
  /** True when it stands so far off that a line must join it to its point. */
  readonly far: boolean;
}

const overlap = (a: Box, b: Box): boolean =>
  a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

const inside = (box: Box, area: Box): boolean =>
  box.x >= area.x &&
  box.y >= area.y &&
  box.x + box.width <= area.x + area.width &&
  box.y + box.height <= area.y + area.height;

/** Places to try, nearest first: beside the point, above, below, at the corners, then on growing circles. */
function candidates(
  { x, y, width, height, left = false, near = false }: LabelInput,
  gap: number,
): { box: Box; far: boolean }[] {
  const around = (distance: number, far: boolean) => {
    const middle = y - height / 2;
    const right: [number, number] = [x + distance, middle];
    const before: [number, number] = [x - distance - width, middle];
    const spots: [number, number][] = [
      ...(left ? [before, [x - width, y - distance - height] satisfies [number, number]] : [right, before]),
      [x - width / 2, y - distance - height],
      [x - width / 2, y + distance],
      [x + distance, y - distance - height],
      [x + distance, y + distance],
      [x - distance - width, y - distance - height],
      [x - distance - width, y + distance],
    ];
    return [...spots, right].map(([at, top]) => ({ box: { x: at, y: top, width, height }, far }));
  };
  return (near ? [gap] : [gap, 18, 28, 40, 54, 70]).flatMap((distance, i) => around(distance, i > 0));
}

/**
 * A place for each label in the order given (put the ones that matter first), inside `area`, `gap` units from its point.
 * Labels of no text, and those that find no place, stay out: the point's glyph and the table name it.
 */
export function placeLabels(labels: readonly LabelInput[], area: Box, gap = 9): PlacedLabel[] {
  const taken: Box[] = labels.map(({ x, y }) => ({ x: x - 5, y: y - 5, width: 10, height: 10 }));
  return labels.map((label) => {
    if (label.width === 0) return { at: null, far: false };
    const found = candidates(label, gap).find(
      ({ box }) => inside(box, area) && !taken.some((other) => overlap(box, other)),
    );
    if (found === undefined) return { at: null, far: false };
    taken.push(found.box);
    return { at: { x: found.box.x, y: found.box.y + found.box.height / 2 }, far: found.far };
  });
}
