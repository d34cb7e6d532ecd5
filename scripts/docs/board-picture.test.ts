// The picture of a board: what stands in it, and that it needs nothing beside it.
import { describe, expect, it } from "vitest";
import { sampleRecord, sampleResult } from "#harness/record/testing/records.ts";
import { readCheckout } from "../../site/src/model/checkout.ts";
import { drawBoard } from "./board-picture.ts";

const checkout = await readCheckout();
const CSS = ":root { --ground: #fff; }\n* { box-sizing: border-box; }\nbody { margin: 0; }";

const run = (method: string, seed: number, accuracy: number, trainable: number) => {
  const result = sampleResult(1, 10);
  const metrics = {
    ...result.metrics,
    accuracy: { value: accuracy },
    "parameters-trainable": { value: trainable },
  };
  return sampleRecord({
    identity: { method, seed },
    outcome: { state: "ok", result: { ...result, metrics } },
  });
};
const records = [1, 2, 3].flatMap((seed) => [
  run("lora", seed, 0.8 + seed / 1000, 1000),
  run("full-finetune", seed, 0.84 + seed / 1000, 100_000),
]);

describe("the picture of a board", () => {
  const svg = drawBoard(records, checkout, CSS);

  it("has a point with its numbers for each method", () => {
    const titles = [...svg.matchAll(/<title>([^<]*)<\/title>/g)].map(([, title]) => title);
    expect(titles).toHaveLength(2);
    expect(titles.find((title) => title?.startsWith("lora: "))).toMatch(/80\.2 %.*1\.00 k.*n = 3/);
    expect(titles.find((title) => title?.startsWith("full-finetune: "))).toMatch(/84\.2 %.*100 k/);
  });

  it("brings the site's colours along, and no link, script or address", () => {
    expect(svg).toContain("--ground: #fff");
    expect(svg).not.toContain("box-sizing");
    expect(svg).not.toMatch(/<a[\s>]|href|<script|url\(|@import/);
  });

  it("refuses runs of two cohorts", () => {
    const other = sampleRecord({ identity: { task: "glue-mrpc" } });
    expect(() => drawBoard([...records, other], checkout, CSS)).toThrow(/2 boards/);
  });
});
