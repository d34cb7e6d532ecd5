// What a reader looks for on the home page (family, cost, limit), as the query of the address and back. Pure.
import { parseAmount } from "./amount.ts";
import type { MetricData } from "./board-data.ts";

export interface Wish {
  readonly family: string;
  readonly cost: string;
  /** As it was written: `20 MiB`; empty for no limit. */
  readonly limit: string;
}

export interface WishVocabulary {
  readonly families: readonly string[];
  readonly costs: readonly Pick<MetricData, "id" | "unit">[];
  readonly usual: Wish;
}

/** The limit in the unit of the cost; null for none; undefined for a text that is no amount. */
export function limitOf({ cost, limit }: Wish, known: WishVocabulary): number | null | undefined {
  if (limit.trim() === "") return null;
  const unit = known.costs.find(({ id }) => id === cost)?.unit;
  return unit === undefined ? undefined : (parseAmount(limit, unit) ?? undefined);
}

/** Reads a query (`?family=glue&cost=deployed-bytes&limit=20+MiB`). Unknown keys and values are dropped. */
export function parseWish(query: string, known: WishVocabulary): Wish {
  const given = new URLSearchParams(query);
  const family = given.get("family");
  const cost = given.get("cost");
  const wish = {
    family: known.families.find((each) => each === family) ?? known.usual.family,
    cost: known.costs.find(({ id }) => id === cost)?.id ?? known.usual.cost,
    limit: (given.get("limit") ?? "").trim().slice(0, 20),
  };
  return limitOf(wish, known) === undefined ? { ...wish, limit: "" } : wish;
}

/** The query of a wish, `""` for the usual one. */
export function renderWish(wish: Wish, { usual }: WishVocabulary): string {
  const words = (["family", "cost", "limit"] as const).flatMap((name) =>
    wish[name] === usual[name] ? [] : [`${name}=${encodeURIComponent(wish[name])}`],
  );
  return words.length === 0 ? "" : `?${words.join("&")}`;
}
