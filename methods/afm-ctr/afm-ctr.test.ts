import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { toyFor } from "#harness/check/check-method.ts";
import { largestGap, measuredCosts, scoresOf, setupOn, type Toy, trainOn } from "#harness/check/toy/run.ts";
import type { Engine } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { keep, type Tensor, tensor, tidy } from "#harness/engine/tensor.ts";
import { type Matrix, matrixFrom } from "#harness/linalg/matrix.ts";
import { multiply } from "#harness/linalg/multiply.ts";
import { svd } from "#harness/linalg/svd.ts";
import { isFieldEmbedding } from "#harness/nn/field-embedding.ts";
import { normal } from "#harness/nn/init.ts";
import { stream } from "#harness/random/stream.ts";
import { listTasks } from "#harness/task/registry.ts";
import { uploadBatch } from "#harness/train/batch.ts";
import { deepLayers, layerRank, layerSize, method, tableSize } from "./method.ts";
import {
  addRow,
  type Components,
  components,
  mergeFields,
  mimicField,
  mimicMap,
  type NarrowField,
  newMoments,
  outputOf,
  svdField,
  svdMap,
  type ThinPair,
} from "./mimic.ts";
import { NarrowFieldEmbedding, ThinLinear } from "./thin-parts.ts";

const random = stream(5, "afm-test");
const drawn = (rows: number, cols: number) => matrixFrom(rows, cols, normal(rows * cols, 1, random));
const row = ({ data, cols }: Matrix, i: number) => data.subarray(i * cols, (i + 1) * cols);
const at = (values: ArrayLike<number>, i: number) => values[i] as number;

/** (x a + inner) b + bias of one row, in double precision. */
const through = ({ a, b, inner, bias }: ThinPair, x: ArrayLike<number>) =>
  outputOf(outputOf(x, a.data, inner), b.data, bias);

/** A map of 7 inputs and 5 outputs whose outputs vary in every direction, some little, and what it puts out for 40 rows. */
function watchedMap(): { weight: Matrix; bias: Float64Array; inputs: Matrix; output: Components } {
  const [weight, inputs] = [drawn(7, 5), drawn(40, 7)];
  const bias = Float64Array.from(drawn(1, 5).data);
  const moments = newMoments(5);
  for (let i = 0; i < inputs.rows; i++) addRow(moments, outputOf(row(inputs, i), weight.data, bias), 1);
  return { weight, bias, inputs, output: components(moments) };
}

/** Sum over ids of p_i |D_i - (E_i up + shift)|^2. */
function weightedError(table: Matrix, counts: readonly number[], { rows, up, shift }: NarrowField): number {
  const back = multiply(rows, up);
  const total = counts.reduce((a, b) => a + b, 0);
  return counts.reduce((sum, count, i) => {
    let squares = 0;
    for (let j = 0; j < table.cols; j++)
      squares += (at(row(table, i), j) - at(row(back, i), j) - at(shift, j)) ** 2;
    return sum + (count / total) * squares;
  }, 0);
}

describe("atomic feature mimicking", () => {
  it("keeps the mean output, and errs by the sum of the dropped eigenvalues", () => {
    const { weight, bias, inputs, output } = watchedMap();
    for (const rank of [1, 2, 4]) {
      const pair = mimicMap(weight, bias, output, rank);
      const mean = new Float64Array(5);
      let squares = 0;
      for (let i = 0; i < inputs.rows; i++) {
        const [y, thin] = [outputOf(row(inputs, i), weight.data, bias), through(pair, row(inputs, i))];
        for (let j = 0; j < 5; j++) {
          mean[j] = at(mean, j) + at(thin, j) / inputs.rows;
          squares += (at(y, j) - at(thin, j)) ** 2 / inputs.rows;
        }
      }
      expect(largestGap(mean, output.mean)).toBeLessThan(1e-12);
      const dropped = output.variances.subarray(rank).reduce((a, b) => a + b, 0);
      expect(Math.abs(squares / dropped - 1)).toBeLessThan(1e-9);
    }
  });

  it("at full rank is the map itself, by outputs and by weights; a table at full width is the table", () => {
    const { weight, bias, inputs, output } = watchedMap();
    for (const pair of [mimicMap(weight, bias, output, 5), svdMap(weight, bias, 5)])
      for (let i = 0; i < 5; i++)
        expect(
          largestGap(through(pair, row(inputs, i)), outputOf(row(inputs, i), weight.data, bias)),
        ).toBeLessThan(1e-12);
    const [table, counts] = [drawn(9, 4), [50, 20, 9, 4, 2, 1, 1, 0, 0]];
    for (const field of [mimicField(table, counts, 4), svdField(table, 4)])
      expect(weightedError(table, new Array(9).fill(1), field)).toBeLessThan(1e-24);
  });

  it("takes directions that are Sigma's singular vectors on either side, up to their signs", () => {
    const { output } = watchedMap();
    const { mean, directions, variances } = output;
    const sigma = multiply(
      matrixFrom(
        5,
        5,
        directions.data.map((x, i) => x * at(variances, i % 5)),
      ),
      matrixFrom(
        5,
        5,
        Array.from({ length: 25 }, (_, i) => at(directions.data, (i % 5) * 5 + Math.floor(i / 5))),
      ),
    );
    const { u, v } = svd(sigma);
    for (let k = 0; k < 5; k++) {
      const column = (m: Matrix) => Array.from({ length: 5 }, (_, i) => at(m.data, i * m.cols + k));
      for (const side of [column(u), column(v)]) {
        const cosine = side.reduce((sum, x, i) => sum + x * at(column(directions), i), 0);
        expect(Math.abs(Math.abs(cosine) - 1)).toBeLessThan(1e-10);
      }
    }
    expect(mean).toHaveLength(5);
  });

  it("loses less of what is asked for than the plain decomposition, for every field and rank", () => {
    for (const [ids, skew] of [
      [30, 1],
      [12, 2],
      [5, 0.5],
      [3, 1],
    ] as const) {
      const table = drawn(ids, 6);
      const counts = Array.from({ length: ids }, (_, i) => Math.round(1000 * (i + 1) ** -skew));
      // With as many directions as ids both are exact.
      for (let rank = 1; rank < Math.min(6, ids - 1); rank++) {
        const [afm, plain] = [mimicField(table, counts, rank), svdField(table, rank)];
        expect(weightedError(table, counts, afm), `${ids} ids, rank ${rank}`).toBeLessThan(
          weightedError(table, counts, plain),
        );
      }
    }
  });

  it("weighs ids by how often they occur, and projects those that training never asked for all the same", () => {
    // Two ids on a line that occur, one far from it that does not.
    const table = matrixFrom(3, 2, [1, 0, 3, 0, 5, 7]);
    const { rows, up, shift } = mimicField(table, [3, 1, 0], 1);
    expect(largestGap(shift, [1.5, 0])).toBeLessThan(1e-12);
    expect(largestGap(up.data, [1, 0])).toBeLessThan(1e-12);
    expect(largestGap(rows.data, [-0.5, 1.5, 3.5])).toBeLessThan(1e-12);
    const silent = mimicField(table, [0, 0, 0], 2);
    expect(weightedError(table, [1, 1, 1], silent)).toBeLessThan(1e-24);
  });

  it("multiplies the way back into a map on fields: same outputs from narrow rows", () => {
    const [fields, width, rank] = [3, 4, 2];
    const made = Array.from({ length: fields }, () => mimicField(drawn(6, width), [9, 5, 3, 2, 1, 0], rank));
    const weight = drawn(fields * width, 5);
    const bias = drawn(1, 5).data;
    const merged = mergeFields(weight, bias, made);
    const ids = [4, 0, 5];
    const narrow = made.flatMap(({ rows }, f) => [...row(rows, at(ids, f))]);
    const wide = made.flatMap(({ rows, up, shift }, f) => [
      ...outputOf(row(rows, at(ids, f)), up.data, shift),
    ]);
    expect(
      largestGap(outputOf(narrow, merged.weight.data, merged.bias), outputOf(wide, weight.data, bias)),
    ).toBeLessThan(1e-12);
  });

  it("counts as the card: the code's Criteo layer of 400 at rank 64, and its table at 2 of 16", () => {
    expect(layerSize(64, 400, 400)).toBe(64 * 800 + 64 + 400);
    expect(tableSize(1000, 26, 2, 16)).toBe(2000 + 26 * (32 + 16));
    expect([layerRank(1 / 6, 128), layerRank(0.16, 400), layerRank(0.01, 4)]).toEqual([21, 64, 1]);
  });
});

describe("afm-ctr", () => {
  let engine: Engine;
  let open: (() => Promise<Toy>) | undefined;
  beforeAll(async () => {
    engine = await openEngine("onnx");
    const tasks = (await listTasks()).filter(({ id }) => id === "ctr-frappe");
    open = toyFor(method, { engine, tasks });
  });
  afterAll(async () => engine.dispose());
  const read = async (x: Tensor) => {
    await engine.settle();
    return x.data<"float32">();
  };

  /** DeepFM on the sample, its tables and biases no longer near zero. */
  async function toy(): Promise<Toy> {
    const made = await open?.();
    if (made === undefined) throw new Error("no sample");
    for (const param of made.model.params())
      if (param.role !== "matrix") param.load(normal(param.size, 0.3, stream(3, param.name)));
    return made;
  }
  const EXACT = { embeddingRank: "16", layerShare: "1", examples: "32" };

  it("reproduces the model at full width and full rank, either variant, merged or not, first layer too", async () => {
    const dense = await toy();
    const before = await scoresOf(dense);
    expect(Math.max(...before) - Math.min(...before)).toBeGreaterThan(0.1);
    for (const set of [{}, { variant: "svd" }, { merge: "false" }, { firstLayer: "true" }] as Record<
      string,
      string
    >[]) {
      const made = await toy();
      await setupOn(made, method, { ...EXACT, ...set });
      expect(largestGap(await scoresOf(made), before), JSON.stringify(set)).toBeLessThan(1e-4);
      made.model.dispose();
    }
    dense.model.dispose();
  });

  it("scores alike with narrow rows read by the deep net and with widened ones, which another model does not", async () => {
    const scores = async (set: Record<string, string>) => {
      const made = await toy();
      await setupOn(made, method, { embeddingRank: "3", examples: "32", ...set });
      const found = await scoresOf(made);
      made.model.dispose();
      return found;
    };
    const merged = await scores({});
    expect(largestGap(merged, await scores({ merge: "false" }))).toBeLessThan(1e-5);
    expect(largestGap(merged, await scores({ variant: "svd" }))).toBeGreaterThan(1e-3);
  });

  it("puts out a layer's mean over the rows it has watched, and errs less there than the plain decomposition", async () => {
    /** What leaves the second layer on every training row, one row of 128 after another. */
    const outputs = async (set: Record<string, string> | null): Promise<number[]> => {
      const made = await toy();
      if (set !== null) await setupOn(made, method, { parts: "layers", layerShare: "0.1", ...set });
      const rows: number[] = [];
      for (const batch of made.run.data.train.batches(128)) {
        let seen: Tensor | undefined;
        const observe = (path: string, _: Tensor, output: Tensor) => {
          if (path === "mlp.1") seen = keep(output);
        };
        tidy(() => made.model.forward(uploadBatch(batch).inputs, { training: false, observe }));
        if (seen === undefined) throw new Error("the layer was not seen");
        rows.push(...(await read(seen)));
        seen.dispose();
      }
      made.model.dispose();
      return rows;
    };
    const dense = await outputs(null);
    const examples = String(dense.length / 128);
    const means = (values: readonly number[]) =>
      Array.from({ length: 128 }, (_, j) => {
        let total = 0;
        for (let i = j; i < values.length; i += 128) total += at(values, i);
        return (128 * total) / values.length;
      });
    const error = (values: readonly number[]) =>
      values.reduce((sum, value, i) => sum + (value - at(dense, i)) ** 2, 0);
    const [afm, plain] = [await outputs({ examples }), await outputs({ examples, variant: "svd" })];
    expect(largestGap(means(afm), means(dense))).toBeLessThan(1e-5);
    expect(error(afm)).toBeLessThan(0.7 * error(plain));
  });

  it("costs what it declares, by the card's formulas, and trains every number that is left", async () => {
    const dense = await toy();
    const table = dense.model.sites.map(({ module }) => module).find(isFieldEmbedding);
    const layers = deepLayers(dense.model);
    if (table === undefined || layers.length !== 3) throw new Error("not DeepFM");
    const [ids, fields] = [table.rows, table.fields.length];
    dense.model.dispose();
    const made = await toy();
    const { declared, ...run } = await setupOn(made, method, { examples: "16" });
    const deep = 4 * fields * 128 + 128 + 2 * layerSize(21, 128, 128);
    // First-order weights and the head (sum, pairs, 128 of the deep net, bias) stay.
    expect(declared.deployedParameters).toBe(tableSize(ids, fields, 4, 16) + ids + deep + 131);
    const main = await trainOn(made, { declared, ...run });
    expect(measuredCosts(made, main)).toEqual(declared);
    expect(declared.trainable).toBe(declared.deployedParameters);
    made.model.dispose();
  });

  it("keeps dense what it is not asked to compress, and puts an activation between only when asked", async () => {
    const kinds = async (set: Record<string, string>) => {
      const made = await toy();
      await setupOn(made, method, { examples: "16", ...set });
      const thin = deepLayers(made.model).map(({ module }) => module instanceof ThinLinear);
      const narrow = made.model.sites.some(({ module }) => module instanceof NarrowFieldEmbedding);
      made.model.dispose();
      return [narrow, ...thin];
    };
    expect(await kinds({})).toEqual([true, false, true, true]);
    expect(await kinds({ parts: "layers" })).toEqual([false, false, true, true]);
    expect(await kinds({ parts: "embedding" })).toEqual([true, false, false, false]);
    expect(await kinds({ firstLayer: "true" })).toEqual([true, true, true, true]);
    const { weight, bias, inputs, output } = watchedMap();
    const pair = mimicMap(weight, bias, output, 3);
    const x = tensor(Float32Array.from(inputs.data.subarray(0, 14)), [2, 7]);
    const wanted = (activate: (value: number) => number) =>
      [0, 1].flatMap((i) => [
        ...outputOf(outputOf(row(inputs, i), pair.a.data, pair.inner).map(activate), pair.b.data, pair.bias),
      ]);
    const linear = await read(new ThinLinear("x", pair, "none").apply(x));
    const rectified = await read(new ThinLinear("y", pair, "relu").apply(x));
    expect(
      largestGap(
        linear,
        wanted((value) => value),
      ),
    ).toBeLessThan(1e-5);
    expect(
      largestGap(
        rectified,
        wanted((value) => Math.max(0, value)),
      ),
    ).toBeLessThan(1e-5);
  });
});
