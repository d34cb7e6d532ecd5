import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { largestGap } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { type Tensor, tensor } from "#harness/engine/tensor.ts";
import { resolveConfig } from "#harness/method/config.ts";
import { supportOf } from "#harness/method/support.ts";
import { normal, xavierUniform } from "#harness/nn/init.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { MeanPooling } from "#harness/nn/sequence-pool.ts";
import { stream } from "#harness/random/stream.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { findTask } from "#harness/task/registry.ts";
import { classifierSize, makeClassifier } from "./classifier.ts";
import { type LamaForm, LamaPooling, type LamaValues, weightsOf } from "./lama-pooling.ts";
import { diversityPenalty, method, poolingSize } from "./method.ts";
import { EncoderLayer, LastState, MaxPooling, StructuredAttention } from "./other-poolings.ts";

const [B, T, U, M] = [2, 5, 6, 3];
const LENGTHS = [5, 3];
const FORM: LamaForm = { heads: M, l2norm: "none", activation: "tanh" };
const random = stream(11, "lama-test");
const H = normal(B * T * U, 1, random);
const VALUES = {
  p: xavierUniform(U, M, random),
  q: xavierUniform(U, M, random),
  c: normal(U, 1, random),
} as const satisfies LamaValues;
const at = (values: ArrayLike<number>, i: number): number => values[i] as number;

/** States [B, tokens, U] and mask of `LENGTHS`; what stands behind a text is noise of another size. */
function padded(tokens: number): { states: Tensor; mask: Tensor } {
  const states = new Float32Array(B * tokens * U).fill(7);
  const mask = new Float32Array(B * tokens);
  for (const [b, length] of LENGTHS.entries()) {
    states.set(H.subarray(b * T * U, (b * T + length) * U), b * tokens * U);
    mask.fill(1, b * tokens, b * tokens + length);
  }
  return { states: tensor(states, [B, tokens, U]), mask: tensor(mask, [B, tokens]) };
}

/** c^T (p_i q_i^T) h_t with the matrix of each head written out, in double precision: [B, T, M]. */
function bilinear({
  p,
  q,
  c,
}: {
  p: ArrayLike<number>;
  q: ArrayLike<number>;
  c: ArrayLike<number>;
}): number[] {
  const out: number[] = [];
  for (let row = 0; row < B * T; row++) {
    for (let i = 0; i < M; i++) {
      let score = 0;
      for (let a = 0; a < U; a++)
        for (let b = 0; b < U; b++)
          score += at(c, a) * (at(p, a * M + i) * at(q, b * M + i)) * at(H, row * U + b);
      out.push(score);
    }
  }
  return out;
}

describe("LAMA", () => {
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine("onnx");
  });
  afterAll(async () => engine.dispose());
  const read = async (x: Tensor): Promise<Float32Array> => {
    await engine.settle();
    return (await x.data<"float32">()).slice();
  };
  const pooled = (module: LamaPooling, tokens = T) => {
    const { states, mask } = padded(tokens);
    return read(module.apply(states, mask, EVALUATION));
  };

  it("scores each word by c^T (p_i q_i^T) h_t, a full rank-1 matrix a head", async () => {
    const { states, mask } = padded(T);
    const module = new LamaPooling("pool", U, FORM, VALUES);
    const found = await read(module.scores(states, mask));
    const real = bilinear(VALUES).filter(
      (_, i) => Math.floor(i / M) % T < (LENGTHS[Math.floor(i / (M * T))] ?? 0),
    );
    const kept = found.filter((_, i) => Math.floor(i / M) % T < (LENGTHS[Math.floor(i / (M * T))] ?? 0));
    expect(largestGap(kept, real)).toBeLessThan(1e-5);
  });

  it.each([
    FORM,
    { ...FORM, activation: "none" },
    { ...FORM, l2norm: "words" },
    { ...FORM, l2norm: "heads" },
  ] as const)(
    "gives the words of a head weights that sum to 1, and padding none at all: %o",
    async (form) => {
      const { states, mask } = padded(T);
      const module = new LamaPooling("pool", U, form, VALUES);
      const weights = await read(weightsOf(module.scores(states, mask), mask, form));
      for (const [b, length] of LENGTHS.entries()) {
        for (let i = 0; i < M; i++) {
          const row = weights.subarray((b * M + i) * T, (b * M + i + 1) * T);
          expect(row.reduce((total, w) => total + w, 0)).toBeCloseTo(1, 6);
          expect([...row.subarray(length)]).toEqual(new Array(T - length).fill(0));
          expect(Math.min(...row.subarray(0, length))).toBeGreaterThan(0);
        }
      }
    },
  );

  it("normalises scores over the real words of a head, or over the heads of a word", async () => {
    const { states, mask } = padded(T);
    const raw = bilinear(VALUES);
    const module = new LamaPooling("pool", U, FORM, VALUES);
    for (const l2norm of ["words", "heads"] as const) {
      const form = { ...FORM, l2norm, activation: "none" } as const;
      const weights = await read(weightsOf(module.scores(states, mask), mask, form));
      // The first head's distribution in the second text, from scores divided by their length.
      const length = LENGTHS[1] ?? 0;
      const score = (t: number, i: number) => at(raw, (T + t) * M + i);
      const norm = (t: number) =>
        l2norm === "words"
          ? Math.hypot(...Array.from({ length }, (_, other) => score(other, 0)))
          : Math.hypot(...Array.from({ length: M }, (_, i) => score(t, i)));
      const powers = Array.from({ length }, (_, t) => Math.exp(score(t, 0) / norm(t)));
      const total = powers.reduce((a, b) => a + b, 0);
      const wanted = powers.map((power) => power / total);
      expect(largestGap(weights.subarray(M * T, M * T + length), wanted)).toBeLessThan(1e-5);
    }
  });

  it("with a context of zero is the mean over real words in every head", async () => {
    const zero = new LamaPooling("pool", U, FORM, { ...VALUES, c: new Float32Array(U) });
    const found = await pooled(zero);
    const wanted = LENGTHS.flatMap((length, b) => {
      const mean = Array.from({ length: U }, (_, j) => {
        let total = 0;
        for (let t = 0; t < length; t++) total += at(H, (b * T + t) * U + j);
        return total / length;
      });
      return Array.from({ length: M }, () => mean).flat();
    });
    expect(largestGap(found, wanted)).toBeLessThan(1e-6);
  });

  it("gives the same logits folded and unfolded, from u m numbers in the place of 2 u m + u", async () => {
    const module = new LamaPooling("pool", U, FORM, VALUES);
    const classifier = makeClassifier("head", M * U, 0, 4, random);
    const logits = async () => {
      const { states, mask } = padded(T);
      return read(classifier.apply(module.apply(states, mask, EVALUATION), EVALUATION));
    };
    const size = () => module.params().reduce((total, param) => total + param.size, 0);
    const before = await logits();
    expect([size(), module.multiplyAdds(T)]).toEqual([2 * U * M + U, 2 * T * U * M + U * M]);
    await module.fold();
    expect([size(), module.multiplyAdds(T)]).toEqual([U * M, 2 * T * U * M]);
    expect(largestGap(await logits(), before)).toBeLessThan(1e-5);
    const folded = await logits();
    await module.fold();
    expect(await logits()).toEqual(folded);
  });

  it("does not fold a context that is the mean state of each text, and scores by that mean", async () => {
    const module = new LamaPooling("pool", U, { ...FORM, activation: "none" }, { ...VALUES, c: null });
    const { states, mask } = padded(T);
    const found = await read(module.scores(states, mask));
    const length = LENGTHS[1] ?? 0;
    const mean = Array.from({ length: U }, (_, j) => {
      let total = 0;
      for (let t = 0; t < length; t++) total += at(H, (T + t) * U + j);
      return total / length;
    });
    const wanted = bilinear({ ...VALUES, c: mean }).slice(T * M, (T + length) * M);
    expect(largestGap(found.subarray(T * M, (T + length) * M), wanted)).toBeLessThan(1e-5);
    const before = await pooled(module);
    await module.fold();
    expect(await pooled(module)).toEqual(before);
    expect(module.params()).toHaveLength(2);
  });

  it("does not see how far a text is padded, and no other pooling does", async () => {
    const poolings = [
      new LamaPooling("pool", U, FORM, VALUES),
      new MeanPooling(U),
      new MaxPooling(U),
      new StructuredAttention("structured", U, 4, M, stream(1, "structured")),
      new EncoderLayer("encoder", U, 2, stream(1, "encoder")),
    ];
    for (const pooling of poolings) {
      const of = async (tokens: number) => {
        const { states, mask } = padded(tokens);
        return read(pooling.apply(states, mask, EVALUATION));
      };
      expect(largestGap(await of(9), await of(T)), pooling.constructor.name).toBeLessThan(2e-6);
    }
  });

  it("with heads in another order, and the classifier's blocks with them, gives the same logits", async () => {
    const order = [2, 0, 1];
    const columns = (values: Float32Array) =>
      values.map((_, i) => at(values, i - (i % M) + (order[i % M] ?? 0)));
    const weight = normal(M * U * 2, 1, random);
    const moved = weight.map((_, i) => {
      const [head, inside] = [Math.floor(i / (2 * U)), i % (2 * U)];
      return at(weight, (order[head] ?? 0) * 2 * U + inside);
    });
    const logits = (pooledNumbers: Float32Array, by: Float32Array) =>
      Array.from({ length: B * 2 }, (_, i) => {
        const [b, k] = [Math.floor(i / 2), i % 2];
        let total = 0;
        for (let j = 0; j < M * U; j++) total += at(pooledNumbers, b * M * U + j) * at(by, j * 2 + k);
        return total;
      });
    const module = new LamaPooling("pool", U, FORM, VALUES);
    const permuted = new LamaPooling("pool", U, FORM, {
      p: columns(VALUES.p),
      q: columns(VALUES.q),
      c: VALUES.c,
    });
    expect(
      largestGap(logits(await pooled(permuted), moved), logits(await pooled(module), weight)),
    ).toBeLessThan(1e-5);
  });

  it("penalises heads that look at the same words: m (m - 1) for m equal heads on one word, 0 for heads apart", async () => {
    const onWord = (...words: number[]) =>
      tensor(
        Float32Array.from({ length: M * T }, (_, i) => (words[Math.floor(i / T)] === i % T ? 1 : 0)),
        [1, M, T],
      );
    expect((await read(diversityPenalty(onWord(2, 2, 2))))[0]).toBeCloseTo(M * (M - 1), 5);
    expect((await read(diversityPenalty(onWord(0, 3, 4))))[0]).toBeCloseTo(0, 6);
  });

  it("takes the last state of each reading: the forward half at the end, the backward half at the first word", async () => {
    const { states } = padded(T);
    const found = await read(new LastState(U).apply(states));
    const all = await read(states);
    const wanted = [0, 1].flatMap((b) => [
      ...all.subarray((b * T + T - 1) * U, (b * T + T - 1) * U + U / 2),
      ...all.subarray(b * T * U + U / 2, b * T * U + U),
    ]);
    expect([...found]).toEqual(wanted);
  });

  it("counts what each pooling and classifier holds by the card's formulas", async () => {
    const facts = taskFacts(await findTask("text-agnews-gru"), "small");
    const settings = (set: Record<string, string>) => resolveConfig(method, facts, set);
    const held = (pooling: { params(): readonly { size: number }[] }) =>
      pooling.params().reduce((total, param) => total + param.size, 0);
    const sizes = { heads: "2", inner: "4" };
    const draw = () => stream(2, "sizes");
    expect(held(new StructuredAttention("x", U, 4, 2, draw()))).toBe(4 * (U + 2));
    expect(poolingSize(settings({ ...sizes, pooling: "structured" }), U, false)).toBe(4 * (U + 2));
    const encoder = 4 * U * U + 4 * U + 4 * U + 2 * (2 * U * U) + 3 * U;
    expect(held(new EncoderLayer("x", U, 2, draw()))).toBe(encoder);
    expect(poolingSize(settings({ ...sizes, pooling: "encoder" }), U, true)).toBe(encoder);
    expect(poolingSize(settings({ ...sizes, pooling: "max" }), U, true)).toBe(0);
    expect([false, true].map((folded) => poolingSize(settings(sizes), U, folded))).toEqual([5 * U, 2 * U]);
    for (const hidden of [0, 7])
      expect(classifierSize(10, hidden, 3)).toBe(held(makeClassifier("x", 10, hidden, 3, draw())));
  });

  it("refuses models without recurrent states, heads that do not divide a layer's width, and a penalty without heads", async () => {
    const small = async (id: string) => taskFacts(await findTask(id), "small");
    expect(supportOf(method, await small("text-trec-gru")).ok).toBe(true);
    expect(supportOf(method, await small("text-agnews"))).toMatchObject({
      ok: false,
      reason: expect.stringContaining("recurrent"),
    });
    const config = resolveConfig(method, await small("text-trec-gru"), { pooling: "mean", diversity: "0.1" });
    expect(() => method.check?.([], config)).toThrow(/diversity/);
  });
});
