// The lookup table of token or category ids.
import { gather, type Tensor } from "#harness/engine/tensor.ts";
import type { EmbeddingModule } from "./module.ts";
import { Param } from "./param.ts";

export class Embedding implements EmbeddingModule {
  readonly rows: number;
  readonly width: number;
  readonly table: Param;

  /** `values` [rows, width]. */
  constructor(path: string, rows: number, width: number, values: Float32Array) {
    this.rows = rows;
    this.width = width;
    this.table = new Param(`${path}.weight`, [rows, width], values, { role: "embedding" });
  }

  params(): readonly Param[] {
    return [this.table];
  }

  apply(ids: Tensor): Tensor {
    return gather(this.table.variable, ids);
  }
}
