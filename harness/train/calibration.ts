// Calibration batches for methods: a named draw of training items, in evaluation mode (no dropout), counted by the harness.
import { dispose, keep, type Scalar, type Tensor, tidy, variableGrads } from "#harness/engine/tensor.ts";
import type { Calibration } from "#harness/method/contract.ts";
import type { Model } from "#harness/nn/model.ts";
import type { Param } from "#harness/nn/param.ts";
import { EVALUATION, type SiteObserver } from "#harness/nn/pass.ts";
import { stream } from "#harness/random/stream.ts";
import { uploadBatch } from "./batch.ts";
import type { RunContext } from "./stage.ts";

/** Positions of the drawn training items: the first `examples` of the seed's calibration order, no item twice. */
function draw(run: RunContext, examples: number): Int32Array {
  return stream(run.seed, "calibration").permutation(run.data.train.size).slice(0, examples);
}

/** Items of a batch whose outputs are read: no activations are kept. */
const OUTPUT_BATCH = 64;

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
    async outputs(name) {
      const split = data[name];
      const release = model.hold?.();
      let features = new Float32Array(0);
      let scores = new Float32Array(0);
      for (const batch of split.batches(OUTPUT_BATCH)) {
        const made = tidy(() => {
          const { inputs } = uploadBatch(batch);
          let entering: Tensor | undefined;
          const observe: SiteObserver = (path, input) => {
            if (path === model.head.path) entering = input;
          };
          const outputs = model.forward(inputs, { training: false, observe });
          if (entering === undefined) throw new Error("calibration: the head was not observed");
          return { features: keep(entering), scores: keep(outputs) };
        });
        await engine.settle();
        const [entering, outputs] = [
          await made.features.data<"float32">(),
          await made.scores.data<"float32">(),
        ];
        const [width, classes] = [entering.length / batch.size, outputs.length / batch.size];
        if (features.length === 0) {
          features = new Float32Array(split.size * width);
          scores = new Float32Array(split.size * classes);
        }
        for (const [row, item] of batch.items.entries()) {
          features.set(entering.subarray(row * width, (row + 1) * width), item * width);
          scores.set(outputs.subarray(row * classes, (row + 1) * classes), item * classes);
        }
        dispose([made.features, made.scores]);
        read += batch.size;
      }
      release?.();
      return { items: split.size, features, scores, targets: split.targets };
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
