// The synchronous door to ONNX Runtime for `dataSync`: the deep binding of onnxruntime-node, which its public API does not
// offer (pinned to 1.30.0). The harness never comes here; tfjs's own tests and kernels that must see data do.
import type { Tensor as OrtTensor } from "onnxruntime-node";
import { binding, initOrt } from "onnxruntime-node/dist/binding.js";
import type { Program } from "./plan.ts";
import { feedsOf, type Produced, producedBy, type SessionSettings, sessionOptions } from "./session.ts";
import type { Value } from "./value.ts";

type NativeSession = InstanceType<typeof binding.InferenceSession>;

export class SyncSession {
  private readonly session: NativeSession;
  private readonly program: Program;
  private readonly fetches: Record<string, null>;

  constructor(program: Program, settings: SessionSettings) {
    initOrt();
    this.session = new binding.InferenceSession();
    const { model } = program;
    this.session.loadModel(
      model.buffer as ArrayBuffer,
      model.byteOffset,
      model.byteLength,
      sessionOptions(settings, program),
    );
    this.program = program;
    this.fetches = Object.fromEntries(program.fetches.map((fetch) => [fetch.name, null]));
  }

  run(values: readonly Value[]): Produced[] {
    const results = this.session.run(feedsOf(this.program, values), this.fetches, {});
    return producedBy(this.program, results as Record<string, OrtTensor>);
  }

  close(): void {
    this.session.dispose();
  }
}
