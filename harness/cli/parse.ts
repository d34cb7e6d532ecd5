// Values of command-line options: seeds, durations, sizes, names, lists and key=value pairs, each refused with what was
// wanted. Pure text to value; what a value means for a run stays out of here.
import { ENGINE_NAMES, type EngineName } from "#harness/engine/engine.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { unknownName } from "#harness/failure/suggest.ts";
import { SCALES, type Scale } from "#harness/record/identity.ts";

const refuse = (
  field: string,
  value: string,
  wanted: string,
  problem = "the option's value was refused",
): RankbenchError =>
  new RankbenchError({
    reason: "usage",
    thing: "command line",
    problem,
    field,
    value,
    wanted,
    next: "see pnpm bench run --help",
  });

/** More seeds than this in one command is taken for a typing slip. */
const MAX_SEEDS = 1000;

const SEED_WANTED = `whole numbers from 0 to ${Number.MAX_SAFE_INTEGER}, as 0, 0-4 or 0,2,5`;

function seed(text: string, field: string, whole: string): number {
  const value = Number(text);
  // The round trip refuses 007, 1e3, +1 and every integer that a double cannot hold.
  if (!Number.isSafeInteger(value) || value < 0 || String(value) !== text)
    throw refuse(field, whole, SEED_WANTED);
  return value;
}

/** One seed: a safe non-negative integer in plain digits. */
export function parseSeed(text: string, field = "--seed"): number {
  return seed(text, field, text);
}

/** `0-4` or `0,2,5` or a mix; sorted as given, repeats dropped. */
export function parseSeeds(text: string, field = "--seeds"): number[] {
  const found = new Set<number>();
  for (const part of text.split(",")) {
    const range = /^([^-]+)-([^-]+)$/.exec(part);
    const [first, last] = range === null ? [part, part] : [range[1] ?? "", range[2] ?? ""];
    const from = seed(first, field, text);
    const to = seed(last, field, text);
    if (to < from) throw refuse(field, text, "a range that does not fall: 0-4");
    if (to - from >= MAX_SEEDS) throw refuse(field, text, `at most ${MAX_SEEDS} seeds`);
    for (let value = from; value <= to; value++) found.add(value);
  }
  if (found.size > MAX_SEEDS) throw refuse(field, text, `at most ${MAX_SEEDS} seeds`);
  return [...found];
}

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, min: 60, h: 3600, d: 86_400 };

/** `5s`, `30m`, `1.5h`, `2d` to seconds; a bare number has no unit and is refused. */
export function parseDuration(text: string, field = "--timeout"): number {
  const match = /^(\d+(?:\.\d+)?)(s|m|min|h|d)$/.exec(text.trim());
  const value = Number(match?.[1]) * (SECONDS[match?.[2] ?? ""] ?? Number.NaN);
  if (!(value > 0) || value > 365 * 86_400) {
    throw refuse(field, text, "a time above zero with its unit (s, m, h, d), as 90s, 30m, 1.5h");
  }
  return value;
}

const BYTES: Readonly<Record<string, number>> = {
  kb: 1e3,
  mb: 1e6,
  gb: 1e9,
  tb: 1e12,
  kib: 2 ** 10,
  mib: 2 ** 20,
  gib: 2 ** 30,
  tib: 2 ** 40,
};

/** `4GB`, `800MiB` to whole bytes; decimal and binary units keep their own meaning. */
export function parseSize(text: string, field = "--memory-limit"): number {
  const match = /^(\d+(?:\.\d+)?)\s*([kmgt]i?b)$/i.exec(text.trim());
  const value = Math.round(Number(match?.[1]) * (BYTES[match?.[2]?.toLowerCase() ?? ""] ?? Number.NaN));
  if (!(value > 0) || !Number.isSafeInteger(value)) {
    throw refuse(field, text, "a size above zero with its unit (MB, GB, MiB, GiB), as 800MB, 4GB");
  }
  return value;
}

/** A whole number in a range. */
export function parseInteger(
  text: string,
  field: string,
  range: { readonly min: number; readonly max: number },
): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value) || String(value) !== text || value < range.min || value > range.max) {
    throw refuse(field, text, `a whole number from ${range.min} to ${range.max}`);
  }
  return value;
}

/** The scale by its name. */
export function parseScale(text: string): Scale {
  const scale = SCALES.find((name) => name === text);
  if (scale === undefined)
    throw unknownName({ reason: "usage", kind: "scale", name: text, known: SCALES, field: "--scale" });
  return scale;
}

/** The engine by its name; whether it works here is found when it is opened. */
export function parseEngine(text: string): EngineName {
  const engine = ENGINE_NAMES.find((name) => name === text);
  if (engine === undefined) {
    throw unknownName({
      reason: "usage",
      kind: "engine",
      name: text,
      known: ENGINE_NAMES,
      field: "--engine",
      listCommand: "pnpm bench engines",
    });
  }
  return engine;
}

/** For commander: an option that may be given several times. */
export const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** `a,b` given once or several times to one list without repeats, in the order given. */
export function parseList(given: readonly string[], field: string): string[] {
  const items = given.flatMap((text) => text.split(",").map((item) => item.trim()));
  const empty = items.indexOf("");
  if (empty !== -1) throw refuse(field, given.join(" "), "names joined by commas, none of them empty");
  return [...new Set(items)];
}

/** `key=value` pairs to a map; the value may hold further `=`. */
export function parsePairs(given: readonly string[], field = "--set"): Record<string, string> {
  const pairs = new Map<string, string>();
  for (const text of given) {
    const at = text.indexOf("=");
    if (at <= 0) throw refuse(field, text, "key=value, as rank=8");
    const key = text.slice(0, at).trim();
    if (pairs.has(key)) throw refuse(field, text, `each key once; ${key} was set twice`);
    pairs.set(key, text.slice(at + 1));
  }
  return Object.fromEntries(pairs);
}
