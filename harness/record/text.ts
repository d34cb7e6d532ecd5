// Text that a record may hold: whatever UTF-8 and SQLite give back unchanged.
import { z } from "zod";

const LONE_SURROGATE = /\p{Surrogate}/u;
const LONE_SURROGATES = /\p{Surrogate}/gu;

/** Any text without half surrogate pairs: those cannot be written as UTF-8. */
export const textSchema = z
  .string()
  .refine((value) => !LONE_SURROGATE.test(value), "text without lone surrogates");
export const filledTextSchema = textSchema.min(1);

/**
 * A copy of a plain value whose texts can be stored: lone surrogates become U+FFFD. A message cut in the middle of an
 * emoji must not cost the record it stands in.
 */
export function storableTexts<T>(value: T): T;
export function storableTexts(value: unknown): unknown {
  if (typeof value === "string") return value.replace(LONE_SURROGATES, "\uFFFD");
  if (Array.isArray(value)) return value.map((item: unknown) => storableTexts(item));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, storableTexts(item)]));
}
