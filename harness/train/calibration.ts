// Calibration batches for methods: a named draw of training items, in evaluation mode (no dropout), counted by the harness.
import { dispose, keep, type Scalar, type Tensor, tidy, variableGrads } from "#harness/engine/tensor.ts";
import type { Calibration } from "#harness/method/contract.ts";
import type { Model } from "#harness/nn/model.ts";
import type { Param } from "#harness/nn/param.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { stream } from "#harness/random/stream.ts";
import { uploadBatch } from "./batch.ts";
import type { RunContext } from "./stage.ts";

/** Positions of the drawn training items: the first `examples` of the seed's calibration order, no item twice. */
function draw(run: RunContext, examples: number): Int32Array {
  return stream(run.seed, "calibration").permutation(run.data.train.size).slice(0, examples);
}

export interface CountedCalibration extends Calibration {
  /** Examples read so far. */
  readonly examples: () => number;
}

export function makeCalibration(run: RunContext, model: Model): CountedCalibration {
  const { engine, task, data } = run;
  let read = 0;
  const checkCount = (examples: number): void => {
    if (examples > data.train.size) {
      run.reporter.note(
        `calibration asked for ${examples} examples; the training split has ${data.train.size}`,
      );
    }
  };
  return {
    examples: () => read,
    async perExampleGradients(params: readonly Param[], examples, visit) {
      checkCount(examples);
      for (const position of draw(run, examples)) {
        const gradients = new Map<Param, Tensor>();
        tidy(() => {
          const batch = uploadBatch(data.train.item(position));
          const { value, grads } = variableGrads(
            () => task.loss(model.forward(batch.inputs, EVALUATION), batch.targets) as Scalar,
            params.map((param) => param.variable),
          );
          dispose(value);
          for (const param of params) {
            const gradient = grads[param.variable.name];
            if (gradient === undefined)
              throw new Error(`calibration: the loss does not depend on ${param.name}`);
            gradients.set(param, keep(gradient));
          }
        });
        await engine.settle();
        const host = new Map<Param, Float32Array>();
        for (const [param, gradient] of gradients) host.set(param, await gradient.data<"float32">());
        visit(host);
        dispose([...gradients.values()]);
        read++;
      }
    },
    async activations(paths, examples, visit) {
      checkCount(examples);
      const wanted = new Set(paths);
      for (const position of draw(run, examples)) {
        const seen: [string, Tensor][] = [];
        let mask: Tensor | null = null;
        tidy(() => {
          const batch = uploadBatch(data.train.item(position));
          model.forward(batch.inputs, {
            training: false,
            observe: (path, input) => {
              if (wanted.has(path)) seen.push([path, keep(input)]);
            },
          });
          if (batch.inputs.mask !== undefined) mask = keep(batch.inputs.mask);
        });
        await engine.settle();
        const held = mask as Tensor | null;
        const real = held === null ? null : await held.data();
        for (const [path, input] of seen) {
          const width = input.shape[input.shape.length - 1] ?? 1;
          const { values, rows } = withoutPadding(await input.data<"float32">(), width, real);
          visit(path, values, rows);
        }
        dispose(seen.map(([, tensor]) => tensor));
        held?.dispose();
        read++;
      }
    },
  };
}

/** Rows whose token is real; inputs with another number of rows than tokens (pooled ones) have no padding. */
function withoutPadding(
  values: Float32Array,
  width: number,
  mask: ArrayLike<number> | null,
): { values: Float32Array; rows: number } {
  const rows = values.length / width;
  if (mask === null || mask.length !== rows) return { values, rows };
  const kept: number[] = [];
  for (let row = 0; row < rows; row++) if (mask[row] === 1) kept.push(row);
  const out = new Float32Array(kept.length * width);
  for (const [to, row] of kept.entries())
    out.set(values.subarray(row * width, (row + 1) * width), to * width);
  return { values: out, rows: kept.length };
}
