// Draws from a named stream that faults and mutations are made of.
import type { Stream } from "#harness/random/stream.ts";

export function pick<T>(random: Stream, items: readonly T[]): T {
  const item = items[random.integer(items.length)];
  if (item === undefined) throw new Error("nothing to pick from");
  return item;
}
