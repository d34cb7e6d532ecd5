// What the pages of a built site weigh, compressed, and the budgets that hold for each kind of page.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { RankbenchError } from "#harness/failure/error.ts";

const KB = 1000;

/** Kinds of pages by the first part of their path, with the most that HTML, CSS and scripts may weigh together. */
export const BUDGETS = {
  home: 150 * KB,
  boards: 150 * KB,
  methods: 150 * KB,
  runs: 60 * KB,
  compare: 60 * KB,
  profiles: 150 * KB,
  claims: 150 * KB,
  methodology: 60 * KB,
  submit: 60 * KB,
  data: 60 * KB,
  changes: 60 * KB,
  other: 60 * KB,
} as const;
export type PageKind = keyof typeof BUDGETS;

/** Scripts of any page. */
export const SCRIPT_BUDGET = 60 * KB;

export interface Weight {
  readonly name: string;
  readonly kind: PageKind;
  readonly html: number;
  readonly css: number;
  readonly js: number;
}

export function kindOf(name: string): PageKind {
  const [first = ""] = name.split("/");
  if (name === "index.html") return "home";
  return first in BUDGETS ? (first as PageKind) : "other";
}

/** Pages of a kind that are weighed compressed however small they are: the heaviest of the kind is among them. */
const LARGEST = 12;

interface Put {
  readonly name: string;
  readonly kind: PageKind;
  readonly bytes: number;
  readonly sheets: readonly string[];
  readonly scripts: readonly string[];
}

const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

/**
 * Weighs the pages of a folder. Compressing ten thousand takes long, and no page is heavier compressed than as it is: only
 * the largest of each kind are compressed, and those that as they are would break their budget.
 */
export class Scales {
  readonly #folder: string;
  readonly #base: string;
  readonly #assets = new Map<string, number>();
  readonly #put: Put[] = [];

  constructor(folder: string, base: string) {
    this.#folder = folder;
    this.#base = base;
  }

  #asset(address: string): number {
    const known = this.#assets.get(address);
    if (known !== undefined) return known;
    const weight = gzipSync(readFileSync(join(this.#folder, address.slice(this.#base.length)))).length;
    this.#assets.set(address, weight);
    return weight;
  }

  /** Takes a page that stands in the folder. */
  put(name: string, markup: string, keep: (piece: string) => string): void {
    const all = (pattern: RegExp): string[] =>
      [...markup.matchAll(pattern)].map(([, address]) => keep(address ?? ""));
    this.#put.push({
      name,
      kind: kindOf(name),
      bytes: Buffer.byteLength(markup),
      sheets: all(/<link rel="stylesheet" href="([^"]+)"/g),
      scripts: all(/<script[^>]* src="([^"]+)"/g),
    });
  }

  /** Weights of the pages that matter: the largest of each kind, and all that might break a budget. */
  weights(): Weight[] {
    const kinds = Object.keys(BUDGETS) as PageKind[];
    return kinds.flatMap((kind) => {
      const pages = this.#put.filter((page) => page.kind === kind).sort((a, b) => b.bytes - a.bytes);
      return pages.flatMap(({ name, bytes, sheets, scripts }, i) => {
        const [css, js] = [
          sum(sheets.map((each) => this.#asset(each))),
          sum(scripts.map((each) => this.#asset(each))),
        ];
        if (i >= LARGEST && bytes + css + js <= BUDGETS[kind] && js <= SCRIPT_BUDGET) return [];
        const html = gzipSync(readFileSync(join(this.#folder, name))).length;
        return [{ name, kind, html, css, js }];
      });
    });
  }
}

export const total = ({ html, css, js }: Weight): number => html + css + js;

/** The heaviest page of each kind, in the order of the budgets. */
export function heaviest(weights: readonly Weight[]): Weight[] {
  return (Object.keys(BUDGETS) as PageKind[]).flatMap((kind) => {
    const [most] = weights.filter((weight) => weight.kind === kind).sort((a, b) => total(b) - total(a));
    return most === undefined ? [] : [most];
  });
}

const kb = (bytes: number): string => `${(bytes / KB).toFixed(1)} kB`;

/** Refuses pages beyond their budget. */
export function checkWeights(weights: readonly Weight[]): void {
  const over = weights.filter((weight) => total(weight) > BUDGETS[weight.kind] || weight.js > SCRIPT_BUDGET);
  const [worst] = [...over].sort((a, b) => total(b) - total(a));
  if (worst === undefined) return;
  throw new RankbenchError({
    reason: "internal",
    thing: `page ${worst.name}`,
    problem: `${over.length} pages are heavier than their budget`,
    field: "weight",
    value: `${kb(total(worst))} compressed, scripts ${kb(worst.js)}`,
    wanted: `at most ${kb(BUDGETS[worst.kind])}, scripts at most ${kb(SCRIPT_BUDGET)}`,
    next: "see docs/site.md for what each kind of page may weigh",
  });
}
