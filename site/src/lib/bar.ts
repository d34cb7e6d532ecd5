// Where a value and its interval lie on the small bar of a table cell. Pure; bundled into the pages.

export interface BarValue {
  readonly value: number | null;
  readonly bounds: { readonly low: number; readonly high: number } | null;
}

/** From the least lower bound to the greatest upper one of a column; null where no cell has an interval. */
export function columnDomain(cells: readonly BarValue[]): readonly [number, number] | null {
  const ends = cells.flatMap(({ value, bounds }) =>
    value === null ? [] : bounds === null ? [value] : [bounds.low, bounds.high],
  );
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  return cells.some(({ bounds }) => bounds !== null) && high > low ? [low, high] : null;
}

/** Positions on a bar of `width` units, one decimal; the interval of a value without one is the value. */
export function barOf(
  { value, bounds }: BarValue,
  domain: readonly [number, number],
  width: number,
): { readonly low: number; readonly mean: number; readonly high: number } | null {
  if (value === null) return null;
  const [from, to] = domain;
  const inset = 2;
  const at = (each: number): number =>
    Math.round((inset + ((each - from) / (to - from)) * (width - 2 * inset)) * 10) / 10;
  return { low: at(bounds?.low ?? value), mean: at(value), high: at(bounds?.high ?? value) };
}
