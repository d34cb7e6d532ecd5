// A dense map that trains under an N:M mask of its own magnitudes, whose hold on pruned weights is set from outside:
// W (m + (1 - m) beta), the mask made anew at every step. Evaluation always uses the final pattern, fully masked.
import { hostOp } from "#harness/engine/host-op.ts";
import { add, matMul, mul, scalar, sub, type Tensor } from "#harness/engine/tensor.ts";
import { detached } from "./detach.ts";
import type { Linear } from "./linear.ts";
import { groupMask } from "./masks.ts";
import type { LinearModule } from "./module.ts";
import type { Param } from "./param.ts";
import type { Pass } from "./pass.ts";

export interface Pattern {
  readonly n: number;
  readonly m: number;
}

/** What a training step sees. */
export interface Flow {
  readonly pattern: Pattern;
  /** Share of a pruned weight that still acts: 1 is dense, 0 is a hard mask. */
  readonly beta: number;
}

export class MaskedFlowLinear implements LinearModule {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly base: Linear;
  flow: Flow;
  readonly #final: Pattern;
  readonly #straightThrough: boolean;

  /** `straightThrough`: all weights get the gradient of the masked ones; otherwise it is multiplied as the weights are. */
  constructor(base: Linear, final: Pattern, start: Flow, straightThrough: boolean) {
    this.base = base;
    this.inFeatures = base.inFeatures;
    this.outFeatures = base.outFeatures;
    this.flow = start;
    this.#final = final;
    this.#straightThrough = straightThrough;
  }

  params(): readonly Param[] {
    return this.base.params();
  }

  /** 1 for weights that a pattern keeps, [in, out]; a constant of the gradient. */
  mask({ n, m }: Pattern): Tensor {
    const { inFeatures, outFeatures } = this;
    const shape = [inFeatures, outFeatures];
    return detached(() => {
      const [mask] = hostOp(
        {
          name: "GroupMask",
          outputs: [{ shape, dtype: "float32" }],
          run([weights], [out]) {
            if (!weights || !out) throw new Error("GroupMask: missing operand");
            out.set(groupMask(weights, inFeatures, outFeatures, n, m));
          },
        },
        [this.base.weight.variable],
      );
      if (mask === undefined) throw new Error("GroupMask: missing result");
      return mask;
    });
  }

  #kernel(flow: Flow, training: boolean): Tensor {
    const weight = this.base.weight.variable;
    if (flow.beta === 1) return weight;
    const mask = this.mask(flow.pattern);
    const hold = flow.beta === 0 ? mask : add(mul(mask, scalar(1 - flow.beta)), scalar(flow.beta));
    if (!training || !this.#straightThrough) return mul(weight, hold);
    return add(
      weight,
      detached(() => sub(mul(weight, hold), weight)),
    );
  }

  apply(x: Tensor, pass: Pass): Tensor {
    const flow = pass.training ? this.flow : { pattern: this.#final, beta: 0 };
    const y = matMul(x, this.#kernel(flow, pass.training));
    return this.base.bias === null ? y : add(y, this.base.bias.variable);
  }

  multiplyAdds(): number {
    return this.inFeatures * this.outFeatures;
  }
}
