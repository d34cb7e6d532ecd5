// An output map whose weights are the rows of an embedding table (Press and Wolf 2017): one parameter, two uses.
import { matMul, type Tensor } from "#harness/engine/tensor.ts";
import type { LinearModule } from "./module.ts";
import type { Param } from "./param.ts";

export class TiedLinear implements LinearModule {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly table: Param;

  /** `table` [out, in]: the embedding's own parameter, shared with it. */
  constructor(table: Param) {
    const [rows = 0, width = 0] = table.shape;
    this.table = table;
    this.outFeatures = rows;
    this.inFeatures = width;
  }

  params(): readonly Param[] {
    return [this.table];
  }

  /** y = x table^T: [rows, in] to [rows, out]. */
  apply(x: Tensor): Tensor {
    return matMul(x, this.table.variable, false, true);
  }

  multiplyAdds(): number {
    return this.inFeatures * this.outFeatures;
  }
}
