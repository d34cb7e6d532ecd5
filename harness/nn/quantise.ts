// Symmetric round-to-nearest quantisation in groups along the rows of a matrix. A group keeps its largest magnitude, not
// the step made of it: codes decode as magnitude * code / levels, so that the largest weight comes back exactly.

export interface QuantiseOptions {
  /** Bits a code, 2 to 8; codes run from -(2^(bits-1) - 1) to 2^(bits-1) - 1. */
  readonly bits: number;
  /** Consecutive numbers of a row that share a scale; the last group of a row may be shorter. `row` takes whole rows. */
  readonly group: number | "row";
}

export interface Quantised {
  /** [rows * width], row-major. */
  readonly codes: Int8Array;
  /** Largest magnitude of each group, row by row. */
  readonly magnitudes: Float32Array;
  /** What the codes stand for, [rows * width]. */
  readonly values: Float32Array;
}

/** Largest code. */
export const levels = (bits: number): number => 2 ** (bits - 1) - 1;

/** Groups of a row of `width` numbers. */
export const groupsOf = (width: number, group: QuantiseOptions["group"]): number =>
  group === "row" ? 1 : Math.ceil(width / group);

/**
 * Nearest code for each value, halves away from zero. An all-zero group has codes 0. |value - decoded| is at most half a
 * step, magnitude / (2 levels), and 0 at the group's largest.
 */
export function quantise(values: ArrayLike<number>, width: number, options: QuantiseOptions): Quantised {
  const top = levels(options.bits);
  const size = options.group === "row" ? width : options.group;
  const codes = new Int8Array(values.length);
  const decoded = new Float32Array(values.length);
  const magnitudes: number[] = [];
  for (let row = 0; row < values.length; row += width) {
    for (let start = row; start < row + width; start += size) {
      const end = Math.min(row + width, start + size);
      let magnitude = 0;
      for (let i = start; i < end; i++) magnitude = Math.max(magnitude, Math.abs(values[i] as number));
      magnitudes.push(magnitude);
      if (magnitude === 0) continue;
      for (let i = start; i < end; i++) {
        const value = values[i] as number;
        const code = Math.sign(value) * Math.min(top, Math.round((Math.abs(value) / magnitude) * top));
        codes[i] = code;
        decoded[i] = (magnitude * code) / top;
      }
    }
  }
  return { codes, magnitudes: Float32Array.from(magnitudes), values: decoded };
}
