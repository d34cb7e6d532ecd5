// Files with something done to them, for tests of readers.
import type { Stream } from "#harness/random/stream.ts";

const changed = (bytes: Uint8Array, random: Stream): Uint8Array => {
  const out = bytes.slice();
  // Heads decide more than bodies: most changes fall there.
  const reach = random.uniform() < 0.6 ? Math.min(out.length, 600) : out.length;
  for (let n = random.integer(4); n >= 0; n--) out[random.integer(reach)] = random.integer(256);
  return out;
};

const cut = (bytes: Uint8Array, random: Stream): Uint8Array =>
  bytes.subarray(0, random.integer(bytes.length));

const joined = (...parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

const grown = (bytes: Uint8Array, random: Stream): Uint8Array => {
  const at = random.integer(bytes.length);
  const more = Uint8Array.from({ length: 1 + random.integer(40) }, () => random.integer(256));
  return joined(bytes.subarray(0, at), more, bytes.subarray(at));
};

const shrunk = (bytes: Uint8Array, random: Stream): Uint8Array => {
  const at = random.integer(bytes.length);
  return joined(bytes.subarray(0, at), bytes.subarray(at + 1 + random.integer(40)));
};

const doubled = (bytes: Uint8Array, random: Stream): Uint8Array => {
  const [from, to] = [random.integer(bytes.length), random.integer(bytes.length)].sort((a, b) => a - b);
  return joined(bytes.subarray(0, to), bytes.subarray(from));
};

const KINDS = [changed, changed, cut, grown, shrunk, doubled] as const;

/** A copy with some bytes changed, its end cut off, bytes put in or taken out, or a piece of it written twice. */
export function mutated(bytes: Uint8Array, random: Stream): Uint8Array {
  const kind = KINDS[random.integer(KINDS.length)] ?? changed;
  return kind(bytes, random);
}
