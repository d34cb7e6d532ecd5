// AdamW with both moments kept as 8-bit codes (Dettmers et al. 2022, after bitsandbytes): decode, ordinary step, encode.
// Codes are four to an int32, so that state tensors have the bytes that are claimed.
import { hostOp } from "#harness/engine/host-op.ts";
import { scalar, type Tensor, zeros } from "#harness/engine/tensor.ts";
import { ADAM_DEFAULTS, type AdamOptions, adamw, biasCorrected } from "./adam.ts";
import { blocksOf, decode, encode, SIGNED_CODES, UNSIGNED_CODES } from "./dynamic-codes.ts";
import type { Optimizer, OptimizerState, ParamFacts } from "./optimizer.ts";
import { adamPass } from "./simd/adam-pass.ts";

/** Tensors below this many numbers keep float32 moments (bitsandbytes' default). */
export const MIN_SIZE = 4096;

const elements = (param: ParamFacts): number => param.shape.reduce((a, b) => a * b, 1);
const words = (count: number): number => Math.ceil(count / 4);

/** State bytes of `count` numbers: two codes a number and two floats a block, or two floats a number when small. */
export const adam8bitStateBytes = (count: number): number =>
  count < MIN_SIZE ? 8 * count : 8 * words(count) + 8 * blocksOf(count);

const SLOTS = ["codesM", "codesV", "scalesM", "scalesV"] as const;

const bytes = (packed: unknown, count: number): Uint8Array => {
  if (!(packed instanceof Int32Array)) throw new Error("Adam8bit: codes are int32 words");
  return new Uint8Array(packed.buffer, packed.byteOffset, count);
};
const floats = (array: unknown): Float32Array => {
  if (!(array instanceof Float32Array)) throw new Error("Adam8bit: expected floats");
  return array;
};

function init(count: number): OptimizerState {
  // Code 0 of a block with scale 0 stands for 0 whatever the code book's first value is.
  return {
    codesM: zeros([words(count)], "int32"),
    codesV: zeros([words(count)], "int32"),
    scalesM: zeros([blocksOf(count)]),
    scalesV: zeros([blocksOf(count)]),
  };
}

/** 8-bit AdamW; decay before the step as in `adamw`. State: 2 bytes a weight and 8 bytes a block of 2,048. */
export function adam8bit(options: Partial<AdamOptions> = {}): Optimizer {
  const { beta1, beta2, epsilon } = { ...ADAM_DEFAULTS, ...options };
  const exact = adamw(options);
  return {
    id: "adam8bit",
    init: (param) => (elements(param) < MIN_SIZE ? exact.init(param) : init(elements(param))),
    stateBytes: (param) => adam8bitStateBytes(elements(param)),
    update(input) {
      const count = elements(input.param);
      if (count < MIN_SIZE) return exact.update(input);
      const { value, gradient, state, gradientScale } = input;
      const held = SLOTS.map((name): Tensor => {
        const found = state[name];
        if (found === undefined) throw new Error(`Adam8bit: no ${name}`);
        return found;
      });
      const out = hostOp(
        {
          name: "Adam8bit",
          outputs: [
            { shape: [...input.param.shape], dtype: "float32", over: 0 },
            { shape: [words(count)], dtype: "int32", over: 2 },
            { shape: [words(count)], dtype: "int32", over: 3 },
            { shape: [blocksOf(count)], dtype: "float32", over: 4 },
            { shape: [blocksOf(count)], dtype: "float32", over: 5 },
          ],
          numbers: () => [
            ...biasCorrected(input.learningRate, input.step, { beta1, beta2 }),
            1 - input.learningRate * input.weightDecay,
          ],
          run(inputs, outputs, [rate = 0, root2 = 0, decay = 0]) {
            const [g, scale] = [floats(inputs[1]), floats(inputs[6])];
            const [w, scalesM, scalesV] = [floats(outputs[0]), floats(outputs[3]), floats(outputs[4])];
            const [codesM, codesV] = [bytes(outputs[1], count), bytes(outputs[2], count)];
            const [m, v] = [new Float32Array(count), new Float32Array(count)];
            decode(codesM, SIGNED_CODES, scalesM, m);
            decode(codesV, UNSIGNED_CODES, scalesV, v);
            const gradientScale = scale[0] as number;
            adamPass(w, g, m, v, { beta1, beta2, epsilon, rate, root2, decay, gradientScale });
            encode(m, SIGNED_CODES, codesM, scalesM);
            encode(v, UNSIGNED_CODES, codesV, scalesV);
          },
        },
        [value, gradient, ...held, gradientScale ?? scalar(1)],
      );
      const [next, ...slots] = out;
      if (next === undefined || slots.length !== SLOTS.length) throw new Error("Adam8bit: missing result");
      return { value: next, state: Object.fromEntries(SLOTS.map((name, i) => [name, slots[i] as Tensor])) };
    },
  };
}
