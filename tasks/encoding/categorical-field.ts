// From the cells of one column to the rows of its part of a table: vocabularies with a bucket for rare values, hashing,
// log-binned numbers. Everything is learned from training cells alone and holds for any later cell.

/** What a column is. Values below `minCount` occurrences in training share one row. */
export type FieldSpec =
  | { readonly kind: "category"; readonly name: string; readonly minCount: number }
  | { readonly kind: "hashed"; readonly name: string; readonly buckets: number }
  | { readonly kind: "number"; readonly name: string };

/** Row of an empty cell, in every kind of field. */
export const MISSING = 0;
/** Row of a category that training had too rarely or never. */
export const RARE = 1;

/** A column that knows its rows. `rowOf` gives a number in [0, counts.length) for any cell. */
export interface FieldEncoder {
  readonly name: string;
  /** Training cells that fell on each row. */
  readonly counts: Uint32Array;
  /** Null for a cell that cannot belong to the column: no number in a number column. */
  rowOf(cell: string): number | null;
}

/** Takes training cells one by one, then becomes an encoder. What it holds grows with the distinct values at most. */
export interface FieldFit {
  readonly name: string;
  /** False for a cell that cannot belong to the column. */
  see(cell: string): boolean;
  encoder(): FieldEncoder;
}

function fitCategory(name: string, minCount: number): FieldFit {
  const seen = new Map<string, number>();
  return {
    name,
    see(cell) {
      seen.set(cell, (seen.get(cell) ?? 0) + 1);
      return true;
    },
    encoder() {
      const missing = seen.get("") ?? 0;
      const values = [...seen].filter(([value]) => value !== "");
      // By frequency, then by code units: an order that every machine agrees on.
      const kept = values
        .filter(([, count]) => count >= minCount)
        .sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
      const rows = new Map(kept.map(([value], i) => [value, i + 2]));
      const rare = values.reduce((sum, [value, count]) => sum + (rows.has(value) ? 0 : count), 0);
      const counts = Uint32Array.of(missing, rare, ...kept.map(([, count]) => count));
      return { name, counts, rowOf: (cell) => (cell === "" ? MISSING : (rows.get(cell) ?? RARE)) };
    },
  };
}

/** FNV-1a over the UTF-16 code units of `text`, 32 bits. */
export function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Without a vocabulary: values share rows by chance, new ones as well, and memory does not depend on the data. */
function fitHashed(name: string, buckets: number): FieldFit {
  const counts = new Uint32Array(buckets + 1);
  const rowOf = (cell: string) => (cell === "" ? MISSING : 1 + (fnv1a(cell) % buckets));
  return {
    name,
    see(cell) {
      const row = rowOf(cell);
      counts[row] = (counts[row] ?? 0) + 1;
      return true;
    },
    encoder: () => ({ name, counts, rowOf }),
  };
}

/**
 * Bin of a number: sign(v) floor(2 log2(1 + |v|)), which is finite and monotone for every finite v. Zero and small counts
 * have bins of their own; above, each bin is 1.41 times as wide as the one before.
 */
export const logBin = (value: number): number =>
  Math.sign(value) * Math.floor(2 * Math.log2(1 + Math.abs(value)));

const binOf = (cell: string): number | null => {
  const value = cell.trim() === "" ? Number.NaN : Number(cell);
  return Number.isFinite(value) ? logBin(value) : null;
};

/** Bins from the lowest to the highest of training; what lies outside falls on the nearest of them. */
function fitNumber(name: string): FieldFit {
  const seen = new Map<number, number>();
  let missing = 0;
  return {
    name,
    see(cell) {
      if (cell === "") {
        missing++;
        return true;
      }
      const bin = binOf(cell);
      if (bin !== null) seen.set(bin, (seen.get(bin) ?? 0) + 1);
      return bin !== null;
    },
    encoder() {
      // A column without any number in training gets the bin of zero, so that a later number has a row.
      const bins = seen.size === 0 ? [0] : [...seen.keys()];
      const low = Math.min(...bins);
      const high = Math.max(...bins);
      const counts = new Uint32Array(high - low + 2);
      counts[MISSING] = missing;
      for (const [bin, count] of seen) counts[1 + bin - low] = count;
      return {
        name,
        counts,
        rowOf(cell) {
          if (cell === "") return MISSING;
          const bin = binOf(cell);
          return bin === null ? null : 1 + Math.min(high, Math.max(low, bin)) - low;
        },
      };
    },
  };
}

/** An empty fit of a column. */
export function fitField(spec: FieldSpec): FieldFit {
  if (spec.kind === "category") return fitCategory(spec.name, spec.minCount);
  return spec.kind === "hashed" ? fitHashed(spec.name, spec.buckets) : fitNumber(spec.name);
}

const each =
  (spec: (name: string) => FieldSpec) =>
  (...names: readonly string[]): FieldSpec[] =>
    names.map(spec);

/** Columns of categories that must occur `minCount` times in training to have a row of their own. */
export const categories = (minCount: number, ...names: readonly string[]): FieldSpec[] =>
  each((name) => ({ kind: "category", name, minCount }))(...names);

/** Columns of numbers. */
export const numbers = each((name) => ({ kind: "number", name }));
