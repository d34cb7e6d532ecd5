// The modules that stand in the place of dense ones: a map as two thin ones with biases on both and perhaps an activation
// between, and a table of fields with narrow rows and a small way back for each field.

import { toFloat32 } from "#harness/linalg/matrix.ts";
import { Embedding } from "#harness/nn/embedding.ts";
import type { NarrowFields } from "#harness/nn/field-embedding.ts";
import type { LinearModule } from "#harness/nn/module.ts";
import { add, matMul, relu, type Tensor, transpose } from "#harness/nn/ops.ts";
import { Param } from "#harness/nn/param.ts";
import type { NarrowField, ThinPair } from "./mimic.ts";

/** y = act(x A + c) B + b. */
export class ThinLinear implements LinearModule {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly rank: number;
  readonly #activation: "none" | "relu";
  readonly #a: Param;
  readonly #inner: Param;
  readonly #b: Param;
  readonly #bias: Param;

  constructor(path: string, { a, b, inner, bias }: ThinPair, activation: "none" | "relu") {
    this.inFeatures = a.rows;
    this.outFeatures = b.cols;
    this.rank = a.cols;
    this.#activation = activation;
    this.#a = new Param(`${path}.a`, [a.rows, a.cols], toFloat32(a), { role: "matrix" });
    this.#inner = new Param(`${path}.inner`, [a.cols], Float32Array.from(inner), { role: "bias" });
    this.#b = new Param(`${path}.b`, [b.rows, b.cols], toFloat32(b), { role: "matrix" });
    this.#bias = new Param(`${path}.bias`, [b.cols], Float32Array.from(bias), { role: "bias" });
  }

  params(): readonly Param[] {
    return [this.#a, this.#inner, this.#b, this.#bias];
  }

  apply(x: Tensor): Tensor {
    const inner = add(matMul(x, this.#a.variable), this.#inner.variable);
    return add(
      matMul(this.#activation === "relu" ? relu(inner) : inner, this.#b.variable),
      this.#bias.variable,
    );
  }

  multiplyAdds(): number {
    return this.rank * (this.inFeatures + this.outFeatures);
  }
}

export class NarrowFieldEmbedding implements NarrowFields {
  readonly rows: number;
  readonly width: number;
  readonly merged: boolean;
  readonly #table: Embedding;
  /** [F, r, d] and [F, 1, d]. */
  readonly #up: Param;
  readonly #shift: Param;

  /** `fields` in the order of the table. */
  constructor(path: string, fields: readonly NarrowField[], merged: boolean) {
    const [first] = fields;
    if (first === undefined) throw new Error("afm-ctr: a table has fields");
    const [rank, width] = [first.up.rows, first.up.cols];
    this.rows = fields.reduce((total, { rows }) => total + rows.rows, 0);
    this.width = width;
    this.merged = merged;
    const joined = (parts: readonly ArrayLike<number>[]) =>
      Float32Array.from(parts.flatMap((part) => Array.from(part)));
    this.#table = new Embedding(path, this.rows, rank, joined(fields.map(({ rows }) => rows.data)));
    const up = joined(fields.map((field) => field.up.data));
    this.#up = new Param(`${path}.up`, [fields.length, rank, width], up, { role: "matrix" });
    const shift = joined(fields.map((field) => field.shift));
    this.#shift = new Param(`${path}.shift`, [fields.length, 1, width], shift, { role: "bias" });
  }

  params(): readonly Param[] {
    return [...this.#table.params(), this.#up, this.#shift];
  }

  apply(ids: Tensor): Tensor {
    return this.widen(this.narrow(ids));
  }

  narrow(ids: Tensor): Tensor {
    return this.#table.apply(ids);
  }

  widen(rows: Tensor): Tensor {
    const byField = matMul(transpose(rows, [1, 0, 2]), this.#up.variable);
    return transpose(add(byField, this.#shift.variable), [1, 0, 2]);
  }

  multiplyAdds(): number {
    return this.#up.size;
  }
}
