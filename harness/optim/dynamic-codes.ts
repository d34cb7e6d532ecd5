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

interface Search {
  /** Borders between neighbouring codes, ascending. */
  readonly edges: Float64Array;
  /** For the upper 16 bits of a float32: how many borders lie at or below every number that begins with them. */
  readonly first: Uint8Array;
}

const float = new Float32Array(1);
const bits = new Uint32Array(float.buffer);

function searchOf(book: Float32Array): Search {
  const edges = Float64Array.from(
    { length: book.length - 1 },
    (_, i) => ((book[i] as number) + (book[i + 1] as number)) / 2,
  );
  const at = (pattern: number): number => {
    bits[0] = pattern;
    return float[0] as number;
  };
  const first = Uint8Array.from({ length: 65_536 }, (_, key) => {
    const ends = [at((key << 16) >>> 0), at(((key << 16) | 0xffff) >>> 0)];
    const least = Math.min(...ends.map((end) => (Number.isNaN(end) ? 0 : end)));
    let count = 0;
    for (let half = 128; half >= 1; half >>= 1)
      if ((edges[count + half - 1] ?? Infinity) <= least) count += half;
    return count;
  });
  return { edges, first };
}

const searches = new Map<Float32Array, Search>();

/** Tables of a book, made when first needed. */
function tables(book: Float32Array): Search {
  const found = searches.get(book) ?? searchOf(book);
  searches.set(book, found);
  return found;
}

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
  const { edges, first } = tables(book);
  for (let start = 0, block = 0; start < values.length; start += BLOCK, block++) {
    const end = Math.min(values.length, start + BLOCK);
    let scale = 0;
    for (let i = start; i < end; i++) scale = Math.max(scale, Math.abs(values[i] as number));
    scales[block] = scale;
    const factor = scale === 0 ? 0 : 1 / scale;
    for (let i = start; i < end; i++) {
      // The code is the number of borders at or below x: the table gives nearly all of them, five times faster than halving.
      float[0] = (values[i] as number) * factor;
      const x = float[0] as number;
      let code = first[(bits[0] as number) >>> 16] as number;
      while (code < edges.length && (edges[code] as number) <= x) code++;
      codes[i] = code;
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
