// Mutations of texts and of plain values for fuzzing: bytes, tokens and structure, all drawn from a named stream so that every
// mutation has a number and comes again.
import type { Stream } from "#harness/random/stream.ts";
import { pick } from "./draw.ts";

/** Words that parsers and schemas have stumbled over. */
const TOKENS = [
  "null",
  "true",
  "NaN",
  "-Infinity",
  "1e999",
  "-0",
  "9007199254740993",
  "0x10",
  "1_000",
  '"\\ud800"',
  '"\\u0000"',
  "\u2028",
  "\ufeff",
  "\u0000",
  "__proto__",
  "constructor",
  "toString",
  "~",
  "<<: *a",
  "&a",
  "*a",
  "!!binary",
  "!!set",
  "&a [*a]",
  "__proto__: 1\n",
  "!!js/function",
  "? ",
  "- - - -",
  "[[[[[[[[",
  "{{{{",
  "---",
  "...",
  "%YAML 9.9",
  "\t",
  "\r\n",
  "|",
  ">",
  "#",
  "=",
  ",",
  "*",
  "!*",
  "0-999999",
  "2024-01-01",
  "é",
  "🙂",
] as const;

/** Values that may stand where another was. */
const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -0,
  -1,
  0.5,
  1e300,
  -1e300,
  2 ** 53,
  1e-320,
  "",
  " ",
  "x",
  "null",
  "NaN",
  "1e999",
  "\ud83d",
  "\u0000",
  "__proto__",
  "a".repeat(5000),
  [],
  {},
  [[]],
  [null],
  { x: 1 },
  { constructor: null },
];

const at = (random: Stream, length: number): number => random.integer(length + 1);

/** One small change of a text. */
function changeText(text: string, random: Stream): string {
  const from = at(random, text.length);
  const to = Math.min(text.length, from + random.integer(random.uniform() < 0.8 ? 8 : 400));
  switch (random.integer(8)) {
    case 0:
      return text.slice(0, from) + text.slice(to);
    case 1:
      return text.slice(0, from);
    case 2:
      return text.slice(0, to) + text.slice(from);
    case 3: {
      const other = at(random, text.length);
      return text.slice(0, other) + text.slice(from, to) + text.slice(other);
    }
    case 4:
      return (
        text.slice(0, from) +
        String.fromCharCode(random.integer(256)) +
        text.slice(Math.min(text.length, from + 1))
      );
    case 5: {
      // A number becomes another token.
      const numbers = [...text.matchAll(/-?\d+(?:\.\d+)?/g)];
      if (numbers.length === 0) return text + pick(random, TOKENS);
      const { index, 0: number } = pick(random, numbers);
      return text.slice(0, index) + pick(random, TOKENS) + text.slice(index + number.length);
    }
    case 6: {
      // Two lines change places.
      const lines = text.split("\n");
      const [a, b] = [random.integer(lines.length), random.integer(lines.length)];
      const [first = "", second = ""] = [lines[a], lines[b]];
      lines[a] = second;
      lines[b] = first;
      return lines.join("\n");
    }
    default:
      return text.slice(0, from) + pick(random, TOKENS) + text.slice(from);
  }
}

/** A text after one to four changes. */
export function mutateText(text: string, random: Stream): string {
  let mutated = text;
  const changes = random.uniform() < 0.6 ? 1 : 1 + random.integer(4);
  for (let i = 0; i < changes; i++) mutated = changeText(mutated, random);
  return mutated;
}

/** Bytes of which a few are others: what a text may become on a failing disk. */
export function mutateBytes(text: string, random: Stream): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  const changes = 1 + random.integer(4);
  for (let i = 0; i < changes && bytes.length > 0; i++)
    bytes[random.integer(bytes.length)] = random.integer(256);
  return bytes;
}

type Place = { readonly holder: Record<string, unknown> | unknown[]; readonly key: string | number };

function placesOf(value: unknown, found: Place[] = []): Place[] {
  if (value === null || typeof value !== "object") return found;
  const holder = value as Record<string, unknown> | unknown[];
  for (const [key, item] of Object.entries(holder)) {
    found.push({ holder, key });
    placesOf(item, found);
  }
  return found;
}

const nested = (depth: number): unknown => {
  let value: unknown = 1;
  for (let i = 0; i < depth; i++) value = i % 2 === 0 ? [value] : { x: value };
  return value;
};

/** A copy of a plain value of which one to three parts are gone, doubled, renamed or something else. */
export function mutateValue<T>(value: T, random: Stream): T {
  const copy = structuredClone(value);
  const changes = random.uniform() < 0.6 ? 1 : 1 + random.integer(3);
  for (let i = 0; i < changes; i++) {
    const places = placesOf(copy);
    if (places.length === 0) return copy;
    const { holder, key } = pick(random, places);
    const target = holder as Record<string, unknown>;
    switch (random.integer(6)) {
      case 0:
        if (Array.isArray(holder)) holder.splice(Number(key), 1);
        else delete target[key];
        break;
      case 1:
        target[`${key}${pick(random, ["", "s", " ", "_"])}`] = target[key];
        break;
      case 2: {
        const other = pick(random, places);
        target[key] = structuredClone((other.holder as Record<string, unknown>)[other.key]);
        break;
      }
      case 3:
        target[key] = random.uniform() < 0.1 ? nested(1 + random.integer(2000)) : pick(random, VALUES);
        break;
      case 4: {
        const number = target[key];
        if (typeof number === "number")
          target[key] = pick(random, [-number, number + 1, number / 3, number * 1e9, Math.floor(number)]);
        else if (typeof number === "string") target[key] = mutateText(number, random);
        break;
      }
      default:
        target[key] = pick(random, VALUES);
    }
  }
  return copy;
}
