// The task contract: data, split, encoding, metric, models by scale and training budget; one file a task in tasks/.
import type { DataSource, ResolvedSource } from "#harness/data/source.ts";
import type { Tensor } from "#harness/engine/tensor.ts";
import type { ExampleShape, Model } from "#harness/nn/model.ts";
import type { LinearPlace } from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import type { Scale } from "#harness/record/identity.ts";
import type { QualityMetricId } from "#harness/record/metrics.ts";
import type { Measured, Predictions } from "#harness/record/schema.ts";

export const FAMILIES = ["glue", "text", "ctr", "image", "clip", "lm"] as const;
export type Family = (typeof FAMILIES)[number];

/** One host-side array of a batch. */
export interface HostArraySpec {
  readonly data: Float32Array | Int32Array;
  readonly shape: readonly number[];
}

/** A batch on the host. Batches with equal `key` have equal shapes, so that a lazy engine builds one program for them. */
export interface HostBatch {
  readonly key: string;
  readonly size: number;
  readonly inputs: Readonly<Record<string, HostArraySpec>>;
  readonly targets: HostArraySpec;
  /** Positions of its items in their split, [size]: evaluation puts scores back in order by them. */
  readonly items: Int32Array;
}

/** Batches made one by one while they are read; how many there will be is known before. */
export interface Batches extends Iterable<HostBatch> {
  readonly count: number;
}

export interface Split {
  readonly size: number;
  /** Class ids or values, [size], in the split's own order; what `evaluate` needs of each item where a task has `scoring`. */
  readonly targets: Int32Array | Float32Array;
  /** All items once, in an order that depends only on the split. Padding rows never occur. */
  batches(batchSize: number): Batches;
  /** All items once, shuffled by `order`; the count depends on the batch size alone. */
  epoch(batchSize: number, order: Stream): Batches;
  /** Single items by position, each a batch of its own (per-example gradients, latency input). */
  item(position: number): HostBatch;
}

export interface TaskData {
  readonly train: Split;
  readonly validation: Split;
  readonly test: Split;
  /** A batch of `size` items at the longest training shape, for memory; made of real training items. */
  longest(size: number): HostBatch;
  /** A batch of `size` items at the median test length, for latency, with its example shape. */
  typical(size: number): { readonly batch: HostBatch; readonly example: ExampleShape };
  /** What the record must say about this run's data: the draw of shots with its hash. */
  readonly notes?: readonly string[];
}

/** Training budget of a scale; the same for every method. */
export interface Budget {
  readonly epochs: number;
  readonly batchSize: number;
  readonly warmupShare: number;
  readonly schedule: "linear" | "cosine";
  readonly weightDecay: number;
  /** Global gradient norm limit; null for none. */
  readonly clipNorm: number | null;
  /** Validation passes during training, the last step's not counted. */
  readonly validations: number;
}

export interface ScalePreset {
  /** Id of the model that `model()` builds at this scale: `use-lite`, `bert-base`. */
  readonly backbone: string;
  /** Training rows used; null for all that the split leaves. */
  readonly trainRows: number | null;
  readonly validationRows: number;
  readonly budget: Budget;
  /** Use the embedded sample even where real data is there (smoke). */
  readonly sampleOnly: boolean;
  /** The backbone starts from random weights: methods that need a trained one refuse. Left out: it is pre-trained, or has no frozen part. */
  readonly fromScratch?: true;
}

/**
 * One number an item in the place of the model's outputs, where those are too many to hold for a split (each token's
 * scores over a vocabulary). `evaluate` and the record get these numbers.
 */
export interface ItemScoring {
  /** Items of an evaluation batch. */
  readonly batchSize: number;
  /** [B] or [B, 1] from the outputs and the targets of a batch of B items. */
  score(outputs: Tensor, targets: Tensor): Tensor;
}

/** Facts about a task that a method may look at to choose defaults or to refuse; never its data. */
export interface TaskFacts {
  readonly id: string;
  readonly family: Family;
  readonly scale: Scale;
  readonly backbone: string;
  readonly outputs: number;
  /** See `ScalePreset.fromScratch`. */
  readonly fromScratch?: true;
  /** See `Task.zeroShot`. */
  readonly zeroShot?: true;
}

/** `D`: what `load` gives beyond the splits, for the model that is made of it (sizes of learned vocabularies, class names). */
export interface Task<D extends TaskData = TaskData> {
  readonly id: string;
  readonly family: Family;
  readonly title: string;
  /** One or two sentences: what is predicted from what. */
  readonly description: string;
  readonly version: number;
  readonly sources: readonly DataSource[];
  /** The quality metric that ranks; the first of `metrics`. */
  readonly metrics: readonly [QualityMetricId, ...QualityMetricId[]];
  readonly classes: readonly string[] | null;
  /** The model scores the classes by their names before any training, through a text tower; its head has no numbers of its own. */
  readonly zeroShot?: true;
  /** `load` starts programs (one that draws pictures): its workers may then, which isolation forbids otherwise. */
  readonly startsProcesses?: true;
  readonly outputs: number;
  readonly scales: Readonly<Partial<Record<Scale, ScalePreset>>>;
  /** Score of a trivial method that a working pipeline must beat, with its source. */
  readonly floor: { readonly value: number; readonly what: string } | null;
  load(input: {
    readonly preset: ScalePreset;
    readonly sources: ReadonlyMap<string, ResolvedSource>;
    readonly seed: number;
  }): Promise<D>;
  /** The linear sites of the model that `model()` will build at this scale, in its order. */
  places(preset: ScalePreset): readonly LinearPlace[];
  /** The pre-trained backbone with a fresh head from the `init` stream, for the data that was loaded. */
  model(input: { readonly preset: ScalePreset; readonly data: D; readonly init: Stream }): Promise<Model>;
  /** Mean loss of a batch over its targets: scores [B, outputs], targets [B] -> scalar. */
  loss(scores: Tensor, targets: Tensor): Tensor;
  readonly scoring?: ItemScoring;
  /** Quality from all scores (row-major [size, outputs]; [size] under `scoring`) and the split's targets. */
  evaluate(
    scores: Float32Array,
    targets: Int32Array | Float32Array,
  ): Readonly<Partial<Record<QualityMetricId, Measured>>>;
  readonly predictionKind: Predictions["kind"];
  /** A text that the deployed model writes, for people: at most 400 characters, the same bits for the same seed. */
  generate?(input: {
    readonly data: D;
    readonly random: Stream;
    /** Outputs of the model for a batch's inputs, row-major, in evaluation mode. */
    forward(inputs: HostBatch["inputs"]): Promise<Float32Array>;
  }): Promise<string>;
}
