// The 8-bit "dynamic" number format of bitsandbytes (Dettmers et al. 2022): 256 values in [-1, 1] or [0, 1], denser near
// zero, with a scale for each block of numbers.

/** Numbers that share a scale. */
export const BLOCK = 2048;

const DECADES = 7;

/** Sorted values of the code book. Signed: for i = 0..6 the 2^i midpoints of [0.1, 1] times 10^(i-6), both signs, and 0, 1. */
function codeBook(signed: boolean): Float32Array {
  const values = [0, 1];
  for (let i = 0; i < DECADES; i++) {
    const parts = 2 ** (signed ? i : i + 1);
    for (let k = 0; k < parts; k++) {
      const value = (0.1 + (0.9 * (k + 0.5)) / parts) * 10 ** (i - (DECADES - 1));
      values.push(value);
      if (signed) values.push(-value);
    }
  }
  return Float32Array.from(values).sort();
}

export const SIGNED_CODES = codeBook(true);
export const UNSIGNED_CODES = codeBook(false);

const midpoints = (book: Float32Array): Float64Array =>
  Float64Array.from(
    { length: book.length - 1 },
    (_, i) => ((book[i] as number) + (book[i + 1] as number)) / 2,
  );
const borders = new Map([SIGNED_CODES, UNSIGNED_CODES].map((book) => [book, midpoints(book)]));

/** Number of blocks of `count` numbers. */
export const blocksOf = (count: number): number => Math.ceil(count / BLOCK);

/**
 * Encodes `values` as the nearest code of value / scale, halfway to the larger code; `scales[b]` gets the largest magnitude
 * of block b. A block of zeros has scale 0.
 */
export function encode(
  values: Float32Array,
  book: Float32Array,
  codes: Uint8Array,
  scales: Float32Array,
): void {
  const edges = borders.get(book);
  if (edges === undefined) throw new Error("unknown code book");
  for (let start = 0, block = 0; start < values.length; start += BLOCK, block++) {
    const end = Math.min(values.length, start + BLOCK);
    let scale = 0;
    for (let i = start; i < end; i++) scale = Math.max(scale, Math.abs(values[i] as number));
    scales[block] = scale;
    const factor = scale === 0 ? 0 : 1 / scale;
    for (let i = start; i < end; i++) {
      const x = (values[i] as number) * factor;
      // The code is the number of borders at or below x: a search over 255 borders in 8 halvings.
      let low = 0;
      for (let half = 128; half >= 1; half >>= 1) if ((edges[low + half - 1] as number) <= x) low += half;
      codes[i] = low;
    }
  }
}

/** What the codes stand for. */
export function decode(
  codes: Uint8Array,
  book: Float32Array,
  scales: Float32Array,
  values: Float32Array,
): void {
  for (let start = 0, block = 0; start < values.length; start += BLOCK, block++) {
    const scale = scales[block] as number;
    const end = Math.min(values.length, start + BLOCK);
    for (let i = start; i < end; i++) values[i] = (book[codes[i] as number] as number) * scale;
  }
}
