// Amounts as people write them in a form (`10 MiB`, `250k`, `5 ms`), read in the unit of a metric. Pure.
import type { Unit } from "#harness/record/metrics.ts";

const COUNT = { "": 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 } as const;
const WORDS: Readonly<Record<Unit, Readonly<Record<string, number>>>> = {
  share: { "": 1, "%": 0.01 },
  coefficient: { "": 1 },
  nats: { "": 1, nats: 1 },
  bits: { "": 1, bits: 1 },
  choices: { "": 1 },
  count: COUNT,
  "multiply-adds": COUNT,
  "per-second": { "": 1, "/s": 1 },
  bytes: {
    "": 1,
    b: 1,
    kib: 2 ** 10,
    mib: 2 ** 20,
    gib: 2 ** 30,
    tib: 2 ** 40,
    kb: 1e3,
    mb: 1e6,
    gb: 1e9,
    tb: 1e12,
  },
  seconds: { "": 1, s: 1, ms: 1e-3, min: 60, h: 3600 },
  milliseconds: { "": 1, ms: 1, s: 1e3, µs: 1e-3, us: 1e-3 },
};

/** The amount in the unit's own measure; null for what is no amount above zero. */
export function parseAmount(text: string, unit: Unit): number | null {
  const match = /^\s*(\d+(?:\.\d+)?|\.\d+)\s*([%/a-zµ]*)\s*$/i.exec(text);
  if (match === null) return null;
  const factor = WORDS[unit][(match[2] ?? "").toLowerCase()];
  const amount = Number(match[1]) * (factor ?? Number.NaN);
  return Number.isFinite(amount) && amount > 0 ? amount : null;
}

/** How amounts of a unit are written, for a form. */
export const EXAMPLES: Readonly<Record<Unit, string>> = {
  share: "85 %",
  coefficient: "0.5",
  nats: "3",
  bits: "2",
  choices: "20",
  count: "250k",
  bytes: "20 MiB",
  seconds: "2 min",
  milliseconds: "5 ms",
  "per-second": "10",
  "multiply-adds": "100M",
};
