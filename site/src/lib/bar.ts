// Where a value and its interval lie on the small bar of a table cell. Pure; bundled into the pages.

export interface BarValue {
  readonly value: number | null;
  readonly bounds: { readonly low: number; readonly high: number } | null;
  readonly bySeed: ReadonlyMap<number, number>;
}

/**
 * From the least lower bound to the greatest upper one of a column, single seeds included where they are shown; null where
 * no cell has an interval.
 */
export function columnDomain(cells: readonly BarValue[], seeds: boolean): readonly [number, number] | null {
  const ends = cells.flatMap(({ value, bounds, bySeed }) => {
    const shown = seeds ? [...bySeed.values()] : [];
    return value === null ? [] : bounds === null ? [value, ...shown] : [bounds.low, bounds.high, ...shown];
  });
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  return cells.some(({ bounds }) => bounds !== null) && high > low ? [low, high] : null;
}

const INSET = 2;

/** Position on a bar of `width` units, one decimal. */
export function barAt(value: number, [from, to]: readonly [number, number], width: number): number {
  return Math.round((INSET + ((value - from) / (to - from)) * (width - 2 * INSET)) * 10) / 10;
}

/** Positions of a mean and its interval; the interval of a value without one is the value. */
export function barOf(
  { value, bounds }: Omit<BarValue, "bySeed">,
  domain: readonly [number, number],
  width: number,
): { readonly low: number; readonly mean: number; readonly high: number } | null {
  if (value === null) return null;
  const at = (each: number): number => barAt(each, domain, width);
  return { low: at(bounds?.low ?? value), mean: at(value), high: at(bounds?.high ?? value) };
}
