// Predictions of a record in the browser: unpacked by the browser's own decompressor, and judged by the harness's metrics.
import type { Measured, Packed, Predictions } from "#harness/record/schema.ts";
import { calibrationError, logLoss } from "#harness/stats/calibration.ts";
import { f1, matthews } from "#harness/stats/classification.ts";
import { likelihoodMetrics } from "#harness/stats/likelihood.ts";
import { accuracy, predictedClasses } from "#harness/stats/quality.ts";
import { auc, pearson, spearman } from "#harness/stats/ranking.ts";

/** The numbers of a packed array: base64 of raw-deflated little-endian bytes, as harness/record/pack.ts writes them. */
async function unpack({ data, dtype }: Packed): Promise<Float32Array | Int32Array> {
  const bytes = Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  const view = new DataView(await new Response(stream).arrayBuffer());
  const count = view.byteLength / 4;
  return dtype === "float32"
    ? Float32Array.from({ length: count }, (_, i) => view.getFloat32(4 * i, true))
    : Int32Array.from({ length: count }, (_, i) => view.getInt32(4 * i, true));
}

export interface Scored {
  readonly kind: Predictions["kind"];
  readonly items: number;
  readonly scores: Float32Array;
  readonly targets: Float32Array | Int32Array;
}

export async function scoredItems({ kind, scores, targets }: Predictions): Promise<Scored> {
  const [s, t] = await Promise.all([unpack(scores), unpack(targets)]);
  return { kind, items: targets.shape[0] ?? 0, scores: Float32Array.from(s), targets: t };
}

/** The rows of `kept` items, `width` numbers each. */
function rowsOf<T extends Float32Array | Int32Array>(from: T, width: number, kept: Int32Array): T {
  const rows = from.slice(0, kept.length * width) as T;
  kept.forEach((item, at) => {
    for (let k = 0; k < width; k++) rows[at * width + k] = from[item * width + k] ?? 0;
  });
  return rows;
}

const sigmoid = (scores: Float32Array): Float64Array =>
  Float64Array.from(scores, (score) => 1 / (1 + Math.exp(-score)));

/** How each quality is made of predictions; the same formulas as the tasks' own. */
const QUALITIES: Readonly<
  Record<string, (scores: Float32Array, targets: Float32Array | Int32Array, width: number) => Measured>
> = {
  accuracy: (scores, targets, width) => accuracy(scores, targets, width),
  f1: (scores, targets, width) => f1(predictedClasses(scores, width), targets),
  matthews: (scores, targets, width) => matthews(predictedClasses(scores, width), targets),
  pearson: (scores, targets) => pearson(scores, targets),
  spearman: (scores, targets) => spearman(scores, targets),
  auc: (scores, targets) => auc(scores, targets),
  "log-loss": (scores, targets) => logLoss(sigmoid(scores), targets),
  "calibration-error": (scores, targets) => calibrationError(sigmoid(scores), targets),
  perplexity: (scores, targets) => likelihoodMetrics(scores, targets).perplexity,
  "nats-per-token": (scores, targets) => likelihoodMetrics(scores, targets)["nats-per-token"],
  "bits-per-character": (scores, targets) => likelihoodMetrics(scores, targets)["bits-per-character"],
};

/** A quality on the items kept; null where it has no value there, or is made of other predictions than these. */
export function qualityOn(
  { kind, items, scores, targets }: Scored,
  metric: string,
  kept: Int32Array,
): number | null {
  const make = QUALITIES[metric];
  const perScore = ["auc", "log-loss", "calibration-error", "pearson", "spearman"].includes(metric);
  const perToken = ["perplexity", "nats-per-token", "bits-per-character"].includes(metric);
  const wanted = perToken ? "nats" : perScore ? "scores" : "logits";
  if (make === undefined || kind !== wanted || items === 0) return null;
  const width = scores.length / items;
  const found = make(rowsOf(scores, width, kept), rowsOf(targets, targets.length / items, kept), width);
  return "value" in found ? found.value : null;
}
