// Rows of image tasks as bytes, and how they become three splits without leaks. Knows no file format and no model.
import type { ScalePreset } from "#harness/task/contract.ts";
import { drawRows } from "./rows.ts";

/** Images of one size with their class ids. */
export interface ImageRows {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** [n, height, width, channels], row-major. */
  readonly pixels: Uint8Array;
  /** [n] */
  readonly labels: Uint8Array;
}

/** How many rows left a split because another split holds an image of the same bytes. */
export interface RemovedCopies {
  /** Training rows, before validation was cut from them, that are test images. */
  readonly ofTest: number;
  /** Training rows that are validation images. */
  readonly ofValidation: number;
}

export interface ImageSplits {
  readonly train: ImageRows;
  readonly validation: ImageRows;
  readonly test: ImageRows;
  readonly removed: RemovedCopies;
}

/** Bytes of an image. */
export const imageBytes = ({ height, width, channels }: ImageRows): number => height * width * channels;

/** The rows at `positions`, in that order. */
export function pickImages(rows: ImageRows, positions: ArrayLike<number>): ImageRows {
  const size = imageBytes(rows);
  const pixels = new Uint8Array(positions.length * size);
  const labels = new Uint8Array(positions.length);
  for (const [to, from] of Array.from(positions).entries()) {
    pixels.set(rows.pixels.subarray(from * size, (from + 1) * size), to * size);
    labels[to] = rows.labels[from] ?? 0;
  }
  return { ...rows, pixels, labels };
}

/** What two copies of an image have in common: its bytes, whatever their label. */
function identities(rows: ImageRows): readonly string[] {
  const size = imageBytes(rows);
  const bytes = Buffer.from(rows.pixels.buffer, rows.pixels.byteOffset, rows.pixels.byteLength);
  return Array.from(rows.labels, (_, n) => bytes.toString("latin1", n * size, (n + 1) * size));
}

/** Rows of which no image of `others` is a copy, byte by byte. */
export function withoutImages(rows: ImageRows, others: ImageRows): ImageRows {
  const seen = new Set(identities(others));
  const kept = [...identities(rows).entries()].flatMap(([n, image]) => (seen.has(image) ? [] : [n]));
  return kept.length === rows.labels.length ? rows : pickImages(rows, kept);
}

/**
 * Validation drawn from the training rows by the task's name, for an official test split; as many training rows of the
 * rest as the preset wants. Copies of held-out images leave the rows before, and are counted.
 */
export function cutImages(
  rows: { readonly train: ImageRows; readonly test: ImageRows },
  { trainRows, validationRows }: Pick<ScalePreset, "trainRows" | "validationRows">,
  name: string,
): ImageSplits {
  const rest = withoutImages(rows.train, rows.test);
  const order = drawRows(rest.labels.length, name);
  const validation = pickImages(rest, order.subarray(0, validationRows));
  const others = pickImages(rest, order.subarray(validationRows));
  const clean = withoutImages(others, validation);
  const wanted = Math.min(trainRows ?? clean.labels.length, clean.labels.length);
  const size = imageBytes(clean);
  return {
    train: {
      ...clean,
      pixels: clean.pixels.subarray(0, wanted * size),
      labels: clean.labels.subarray(0, wanted),
    },
    validation,
    test: rows.test,
    removed: {
      ofTest: rows.train.labels.length - rest.labels.length,
      ofValidation: others.labels.length - clean.labels.length,
    },
  };
}
