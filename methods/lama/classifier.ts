// What reads the pooled vector: a linear map, or one with a hidden layer before it, by which poolings of unequal width get
// classifiers of one size.
import { normal, type Stream, xavierUniform, zeros } from "#harness/nn/init.ts";
import { Linear } from "#harness/nn/linear.ts";
import type { LinearModule } from "#harness/nn/module.ts";
import { relu, type Tensor } from "#harness/nn/ops.ts";
import type { Param } from "#harness/nn/param.ts";

/** Standard deviation of the output map's first weights: that of the heads that tasks make. */
const HEAD_STD = 0.02;

const output = (path: string, fanIn: number, classes: number, random: Stream): Linear =>
  new Linear(path, fanIn, classes, {
    weight: normal(fanIn * classes, HEAD_STD, random),
    bias: zeros(classes),
  });

/** x -> relu(x W1 + b1) W2 + b2. */
class HiddenClassifier implements LinearModule {
  readonly inFeatures: number;
  readonly outFeatures: number;
  readonly #hidden: Linear;
  readonly #output: Linear;

  constructor(path: string, fanIn: number, hidden: number, classes: number, random: Stream) {
    this.inFeatures = fanIn;
    this.outFeatures = classes;
    this.#hidden = new Linear(`${path}.hidden`, fanIn, hidden, {
      weight: xavierUniform(fanIn, hidden, random),
      bias: zeros(hidden),
    });
    this.#output = output(`${path}.output`, hidden, classes, random);
  }

  params(): readonly Param[] {
    return [...this.#hidden.params(), ...this.#output.params()];
  }

  apply(x: Tensor): Tensor {
    return this.#output.apply(relu(this.#hidden.apply(x)));
  }

  multiplyAdds(): number {
    return this.#hidden.multiplyAdds() + this.#output.multiplyAdds();
  }
}

/** `hidden` 0 for none. */
export const makeClassifier = (
  path: string,
  fanIn: number,
  hidden: number,
  classes: number,
  random: Stream,
): LinearModule =>
  hidden === 0
    ? output(path, fanIn, classes, random)
    : new HiddenClassifier(path, fanIn, hidden, classes, random);

/** Its numbers: d K + K, or d h + h + h K + K. */
export const classifierSize = (fanIn: number, hidden: number, classes: number): number =>
  hidden === 0 ? (fanIn + 1) * classes : (fanIn + 1) * hidden + (hidden + 1) * classes;
