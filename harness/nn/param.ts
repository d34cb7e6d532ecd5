// A parameter: a named, persistent array of numbers of a model, trained or frozen.
import { tensor as makeTensor, type Tensor, type Variable, variable } from "#harness/engine/tensor.ts";

/**
 * What a parameter is for; decides weight decay and how methods pick.
 * `matrix`: weights of a linear map or convolution; `embedding`: a table of rows; `bias`; `norm`: gains and shifts of a
 * normalisation; `gate`: scalars and vectors that scale something; `factor`: matrices that a method added.
 */
export type ParamRole = "matrix" | "embedding" | "bias" | "norm" | "gate" | "factor";

/** Width at which a parameter is stored when deployed. Training is in float32 throughout. */
export type StoredDType = "float32" | "float16" | "int8" | "bool";

export const STORED_BITS: Readonly<Record<StoredDType, number>> = {
  float32: 32,
  float16: 16,
  int8: 8,
  bool: 1,
};

export interface ParamOptions {
  readonly role: ParamRole;
  readonly trainable?: boolean;
  readonly storedAs?: StoredDType;
}

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

export class Param {
  readonly name: string;
  readonly role: ParamRole;
  readonly shape: readonly number[];
  readonly storedAs: StoredDType;
  /** Whether the optimizer may change it; methods set this in `setup` and between stages. */
  trainable: boolean;
  readonly variable: Variable;

  /** Takes a copy of `values` (float32, row-major, as many as the shape holds). */
  constructor(name: string, shape: readonly number[], values: Float32Array, options: ParamOptions) {
    if (values.length !== product(shape)) {
      throw new Error(`parameter ${name}: ${values.length} values for shape [${shape.join(", ")}]`);
    }
    this.name = name;
    this.role = options.role;
    this.shape = [...shape];
    this.trainable = options.trainable ?? true;
    this.storedAs = options.storedAs ?? "float32";
    const initial = makeTensor(values.slice(), [...shape], "float32");
    this.variable = variable(initial, true);
    initial.dispose();
  }

  get size(): number {
    return product(this.shape);
  }

  /** Replaces the value; the old one is released, `next` is taken over. */
  assign(next: Tensor): void {
    this.variable.assign(next);
    next.dispose();
  }

  /** Replaces the value by a copy of host numbers. */
  load(values: Float32Array): void {
    this.assign(makeTensor(values.slice(), [...this.shape], "float32"));
  }

  /** The value on the host; settled first by the engine where it is lazy. */
  async read(): Promise<Float32Array> {
    return (await this.variable.data<"float32">()) as Float32Array;
  }

  dispose(): void {
    this.variable.dispose();
  }
}
