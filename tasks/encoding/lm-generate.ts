// A text that a language model writes: token by token, drawn from its own predictions.
import type { Stream } from "#harness/random/stream.ts";
import type { HostBatch } from "#harness/task/contract.ts";
import type { LmTokenizer } from "./lm-tokens.ts";

export interface GenerateOptions {
  readonly tokenizer: LmTokenizer;
  /** Scores a token: the tokenizer may know fewer tokens than the model. */
  readonly vocabulary: number;
  readonly context: number;
  readonly random: Stream;
  /** Divides scores: below 1 likelier tokens get likelier still. */
  readonly temperature: number;
  /** Most characters, counted as JavaScript does. */
  readonly characters: number;
  /** Scores [context, vocabulary] of `ids` [1, context]. */
  forward(inputs: HostBatch["inputs"]): Promise<Float32Array>;
}

/** A position of `scores` drawn with probability softmax(scores / temperature). */
export function drawToken(scores: Float32Array, temperature: number, random: Stream): number {
  const highest = scores.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const weights = Float64Array.from(scores, (score) => Math.exp((score - highest) / temperature));
  const total = weights.reduce((a, b) => a + b, 0);
  let left = random.uniform() * total;
  for (const [id, weight] of weights.entries()) {
    left -= weight;
    if (left < 0) return id;
  }
  // Rounding may leave a rest after the last weight.
  return weights.findLastIndex((weight) => weight > 0);
}

/** What follows a line break. Inputs keep one shape: what stands behind the last token is not seen by it. */
export async function generateText(options: GenerateOptions): Promise<string> {
  const { tokenizer, vocabulary, context, random, temperature, characters, forward } = options;
  let seen = Array.from(tokenizer.encode("\n"));
  const written: number[] = [];
  let text = "";
  while (text.length < characters) {
    // A full context starts again from its later half.
    if (seen.length === context) seen = seen.slice(-Math.ceil(context / 2));
    const ids = new Int32Array(context);
    ids.set(seen);
    const scores = await forward({ ids: { data: ids, shape: [1, context] } });
    const row = (seen.length - 1) * vocabulary;
    const id = drawToken(scores.subarray(row, row + tokenizer.size), temperature, random);
    seen.push(id);
    written.push(id);
    text = tokenizer.decode(written);
  }
  return shown(text, characters);
}

/** The first `limit` code units, none of them half of a pair; controls other than line breaks as U+FFFD. */
export function shown(text: string, limit: number): string {
  const clean = text.replace(/[^\P{Cc}\n]/gu, "\uFFFD").slice(0, limit);
  return clean.replace(/\p{Surrogate}$/u, "");
}
