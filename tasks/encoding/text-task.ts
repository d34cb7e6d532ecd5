// What all tasks on sentences and sentence pairs do alike: sample or real rows, tokens, batches, model. A task file gives
// the data: source, rows, classes, metric, presets. Backbones are handed in, so that this file knows none.
import type { DataSource, ResolvedSource } from "#harness/data/source.ts";
import { meanSquaredError, softmaxCrossEntropy } from "#harness/nn/losses.ts";
import type { Model } from "#harness/nn/model.ts";
import type { LinearPlace } from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import type { ScalePreset, Task } from "#harness/task/contract.ts";
import { fileOf, sampleSplits, type TargetReader, type TextColumns } from "./read-rows.ts";
import type { TextRow, TextSplits } from "./rows.ts";
import { TOKEN_BUCKETS, TokenSplit, tokenData } from "./token-split.ts";

/** Ids of the longest batch; texts joined to one sequence keep their marks within it. */
const LONGEST = Math.max(...TOKEN_BUCKETS);

/** Backbones for one sentence or for pairs, by the id that a preset names. */
export interface TextBackbones {
  places(id: string): readonly LinearPlace[];
  tokenizer(id: string): Promise<{
    encode(text: string): number[];
    /** All texts of a row as one sequence of at most `limit` ids, and where in it the second text begins. */
    join?(
      texts: readonly (readonly number[])[],
      limit: number,
    ): { readonly ids: readonly number[]; readonly second: number };
  }>;
  model(id: string, options: { readonly outputs: number; readonly init: Stream }): Promise<Model>;
}

type Given =
  | "id"
  | "family"
  | "title"
  | "description"
  | "version"
  | "metrics"
  | "classes"
  | "floor"
  | "scales"
  | "evaluate";

export interface TextTaskSpec extends Pick<Task, Given> {
  readonly source: DataSource;
  readonly backbones: TextBackbones;
  /** The embedded sample: its file in the source, the text columns, and what its labels mean. */
  readonly sample: {
    readonly file: string;
    readonly texts: TextColumns["texts"];
    readonly target: TargetReader;
  };
  /**
   * Longer texts are cut to their first tokens, where the backbone's own limit would cost too much. Texts that the backbone
   * reads as one sequence are cut together instead, to the longest batch there is.
   */
  readonly maxTokens?: number;
  /** Splits from the real files. */
  rows(source: ResolvedSource, preset: ScalePreset): Promise<TextSplits>;
}

interface Encoded {
  readonly tokens: readonly (readonly number[])[];
  /** Where the second text begins, in texts joined to one sequence. */
  readonly second: number | null;
  readonly target: number;
}

/**
 * Rows that the model can tell from all of `held`: texts that differ only behind the cut are the same to it, so that a
 * repost with another ending would leak.
 */
function unlike(rows: readonly Encoded[], held: readonly Encoded[]): readonly Encoded[] {
  const seen = new Set(held.map((row) => row.tokens.join("/")));
  return rows.filter((row) => !seen.has(row.tokens.join("/")));
}

/** The task: cross-entropy over its classes, or squared error of one score where it has none. */
export function textTask(spec: TextTaskSpec): Task {
  const { source, backbones, sample, maxTokens, rows, ...facts } = spec;
  const classification = spec.classes !== null;
  const outputs = spec.classes?.length ?? 1;
  return {
    ...facts,
    sources: [source],
    outputs,
    predictionKind: classification ? "logits" : "scores",
    loss: classification ? softmaxCrossEntropy : meanSquaredError,
    async load({ preset, sources }) {
      const resolved = sources.get(source.id);
      if (resolved === undefined) throw new Error(`source ${source.id} was not resolved`);
      const splits =
        resolved.variant === "sample"
          ? await sampleSplits(fileOf(resolved, sample.file), sample.texts, sample.target)
          : await rows(resolved, preset);
      const tokenizer = await backbones.tokenizer(preset.backbone);
      const encode = ({ texts, target }: TextRow): Encoded => {
        const tokens = texts.map((text) => tokenizer.encode(text));
        const joined = tokenizer.join?.(tokens, LONGEST);
        return joined === undefined
          ? { tokens: tokens.map((ids) => ids.slice(0, maxTokens)), second: null, target }
          : { tokens: [joined.ids], second: joined.second, target };
      };
      const tokens = (list: readonly TextRow[]) => list.map(encode);
      const test = tokens(splits.test);
      const validation = unlike(tokens(splits.validation), test);
      const train = unlike(tokens(splits.train), [...test, ...validation]);
      const split = (list: readonly Encoded[]) =>
        new TokenSplit({
          tokens: list.map((row) => row.tokens),
          targets: classification
            ? Int32Array.from(list, (row) => row.target)
            : Float32Array.from(list, (row) => row.target),
          ...(tokenizer.join === undefined
            ? {}
            : { second: Int32Array.from(list, ({ second, tokens: [ids = []] }) => second ?? ids.length) }),
        });
      return tokenData({ train: split(train), validation: split(validation), test: split(test) });
    },
    places: (preset) => backbones.places(preset.backbone),
    model: ({ preset, init }) => backbones.model(preset.backbone, { outputs, init }),
  };
}
