// The predictions of a run as a reader can take them in: a confusion matrix, the most frequent mistakes where classes are
// many, or a histogram of scores.
import { unpackArray } from "#harness/record/pack.ts";
import type { Predictions } from "#harness/record/schema.ts";
import { predictedClasses } from "#harness/stats/quality.ts";
import { histogram } from "../draw/histogram.ts";
import { markup } from "../draw/node.ts";

/** More classes than these are not a matrix that anybody reads. */
const MATRIX = 12;
const MISTAKES = 15;

export type PredictionsView =
  | {
      readonly kind: "confusion";
      readonly classes: readonly string[];
      /** [true class][predicted class] */
      readonly counts: readonly (readonly number[])[];
    }
  | {
      readonly kind: "mistakes";
      readonly items: number;
      readonly wrong: number;
      readonly pairs: readonly { readonly truth: string; readonly said: string; readonly count: number }[];
    }
  | {
      readonly kind: "histogram";
      readonly svg: string;
      readonly text: string;
      /** Names of the groups, in the order of their colours. */
      readonly groups: readonly string[];
    };

type Numbers = Float32Array | Int32Array;

function classView(scores: Float32Array, targets: Numbers, names: readonly string[] | null): PredictionsView {
  const width = scores.length / targets.length;
  const said = predictedClasses(scores, width);
  const nameOf = (id: number): string => names?.[id] ?? `class ${id}`;
  const counts = Array.from({ length: width }, () => new Array<number>(width).fill(0));
  said.forEach((guess, item) => {
    const row = counts[targets[item] ?? 0];
    if (row !== undefined) row[guess] = (row[guess] ?? 0) + 1;
  });
  if (width <= MATRIX) return { kind: "confusion", classes: counts.map((_, id) => nameOf(id)), counts };
  const pairs = counts
    .flatMap((row, truth) => row.map((count, guess) => ({ truth, guess, count })))
    .filter(({ truth, guess, count }) => truth !== guess && count > 0)
    .sort((a, b) => b.count - a.count || a.truth - b.truth || a.guess - b.guess);
  return {
    kind: "mistakes",
    items: targets.length,
    wrong: pairs.reduce((sum, { count }) => sum + count, 0),
    pairs: pairs
      .slice(0, MISTAKES)
      .map(({ truth, guess, count }) => ({ truth: nameOf(truth), said: nameOf(guess), count })),
  };
}

function scoreView(scores: Float32Array, targets: Numbers): PredictionsView | null {
  const binary = targets.every((value) => value === 0 || value === 1);
  if (binary) {
    const chances = Float64Array.from(scores, (score) => 1 / (1 + Math.exp(-score)));
    const groups = [0, 1].map((label) => ({
      name: `label ${label}`,
      values: chances.filter((_, item) => targets[item] === label),
    }));
    const title = "Predicted chance of label 1 by true label";
    const node = histogram({
      groups,
      xTitle: "predicted chance of label 1",
      unit: "share",
      domain: [0, 1],
      title,
    });
    return node === null
      ? null
      : { kind: "histogram", svg: markup(node), text: `${title}.`, groups: groups.map(({ name }) => name) };
  }
  const errors = Float64Array.from(scores, (score, item) => score - (targets[item] ?? 0));
  const title = "Predicted less true value";
  const groups = [{ name: "items", values: errors }];
  const node = histogram({ groups, xTitle: "predicted less true value", unit: "coefficient", title });
  return node === null ? null : { kind: "histogram", svg: markup(node), text: `${title}.`, groups: [] };
}

function tokenView(nats: Float32Array, counts: Numbers): PredictionsView | null {
  const values = Float64Array.from(nats, (sum, window) => sum / Math.max(1, counts[2 * window] ?? 1));
  const title = "Nats per token of each window of the test text";
  const groups = [{ name: "windows", values }];
  const node = histogram({ groups, xTitle: "nats per token", unit: "nats", title });
  return node === null ? null : { kind: "histogram", svg: markup(node), text: `${title}.`, groups: [] };
}

/** `classes`: names of the task's classes; null where it has none or the task is not known. */
export function predictionsView(
  { kind, scores, targets }: Predictions,
  classes: readonly string[] | null,
  thing: string,
): PredictionsView | null {
  const s = Float32Array.from(unpackArray(scores, thing, "predictions.scores"));
  const t = unpackArray(targets, thing, "predictions.targets");
  if (t.length === 0) return null;
  if (kind === "logits") return classView(s, t, classes);
  return kind === "scores" ? scoreView(s, t) : tokenView(s, t);
}
