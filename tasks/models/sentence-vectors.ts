// Vectors of texts by the frozen sentence encoder: its pooled output, before any head. What a small text tower reads.
import { keep, type Tensor, tensor, tidy } from "#harness/engine/tensor.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { stream } from "#harness/random/stream.ts";
import { SentenceEncoder } from "./sentence-encoder.ts";
import { readUseLiteTokenizer, readUseLiteWeights, USE_LITE } from "./use-lite.ts";

const BATCH = 64;
/** Lengths are padded to multiples of this, so that few programs are built. */
const STEP = 8;

/** [texts, 512], row-major. */
export async function sentenceVectors(texts: readonly string[]): Promise<Float32Array> {
  const tokenizer = await readUseLiteTokenizer();
  const encoder = new SentenceEncoder({
    weights: await readUseLiteWeights(),
    texts: 1,
    outputs: 1,
    init: stream(0, "unused-head"),
  });
  const out = new Float32Array(texts.length * USE_LITE.width);
  try {
    const rows = texts
      .map((text, row) => ({ row, ids: tokenizer.encode(text).slice(0, USE_LITE.maxTokens) }))
      .sort((a, b) => a.ids.length - b.ids.length || a.row - b.row);
    for (let from = 0; from < rows.length; from += BATCH) {
      const some = rows.slice(from, from + BATCH);
      const vectors = await encode(
        encoder,
        some.map(({ ids }) => ids),
      );
      for (const [at, { row }] of some.entries())
        out.set(vectors.subarray(at * USE_LITE.width, (at + 1) * USE_LITE.width), row * USE_LITE.width);
    }
  } finally {
    encoder.dispose();
  }
  return out;
}

async function encode(encoder: SentenceEncoder, ids: readonly (readonly number[])[]): Promise<Float32Array> {
  const length = STEP * Math.ceil(Math.max(1, ...ids.map((each) => each.length)) / STEP);
  const data = new Int32Array(ids.length * length);
  const mask = new Float32Array(ids.length * length);
  for (const [row, tokens] of ids.entries()) {
    data.set(tokens, row * length);
    mask.fill(1, row * length, row * length + tokens.length);
  }
  const shape = [ids.length, length];
  const made: Tensor = tidy(() =>
    keep(encoder.features({ ids: tensor(data, shape, "int32"), mask: tensor(mask, shape) }, EVALUATION)),
  );
  const values = (await made.data<"float32">()).slice();
  made.dispose();
  return values;
}
