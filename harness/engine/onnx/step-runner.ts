// Decides how each step of a loop is run: recorded and captured, recorded and compared, replayed, or recorded only.
import { RankbenchError } from "#harness/failure/error.ts";
import type { HostArray } from "../host-op.ts";
import { listen } from "../live.ts";
import { readAll, recordStep, type Step, type StepCounters, type StepRunner, upload } from "../steps.ts";
import { dispose, type Tensor } from "../tensor.ts";
import type { OnnxBackend } from "./backend.ts";
import { type Capture, capture, Watch } from "./capture.ts";
import { obstacle, replay } from "./replay.ts";
import type { FreshSettlement, Settlement } from "./settle.ts";
import { owner } from "./value.ts";
import { difference, hostDiffers } from "./verify.ts";

/** What is known of the steps of one key: why they cannot be captured, or the capture and whether it was ever compared. */
type Known =
  | { readonly state: "refused"; readonly why: string }
  | { readonly state: "captured"; readonly capture: Capture; verified: boolean };

/** A step that is not what it seems should be found soon, and one that has proved itself cost little. */
const FIRST_PATIENCE = 8;

export interface StepRunnerOptions {
  /** Captures kept; the one used longest ago is dropped. */
  readonly maxCaptures: number;
  /** At most so many replays follow each other without a comparison. */
  readonly verifyEvery: number;
}

export class CapturingRunner implements StepRunner {
  readonly #backend: OnnxBackend;
  readonly #counters: StepCounters;
  readonly #options: StepRunnerOptions;
  readonly #known = new Map<string, Known>();
  #sinceVerified = 0;
  /** Replays until the next comparison; it doubles with each one that finds no difference. */
  #patience: number;

  constructor(backend: OnnxBackend, counters: StepCounters, options: StepRunnerOptions) {
    this.#backend = backend;
    this.#counters = counters;
    this.#options = options;
    this.#patience = Math.min(FIRST_PATIENCE, options.verifyEvery);
  }

  forget(): void {
    this.#known.clear();
  }

  recorded(why: string): void {
    this.#counters.note(why);
  }

  async run(step: Step): Promise<readonly HostArray[]> {
    if (this.#backend.schedule.meter !== null) return this.#recordOnly(step, "memory is measured");
    // What was recorded before belongs to no step.
    await this.#backend.settle();
    const key = `${step.key}|${step.inputs.map(({ data, shape }) => `${data.BYTES_PER_ELEMENT}[${shape}]`).join()}`;
    const known = this.#known.get(key);
    if (known?.state === "refused") return this.#recordOnly(step, known.why);
    if (known === undefined) return this.#captureNew(step, key);
    this.#known.delete(key);
    this.#known.set(key, known);
    const carried = step.carried();
    const held = carried.map((tensor) => this.#backend.held(tensor));
    const why = obstacle(known.capture, held);
    if (why !== null) return this.#recordOnly(step, why);
    if (!known.verified || this.#sinceVerified >= this.#patience) return this.#verify(step, key, known);
    this.#sinceVerified++;
    this.#counters.replayed++;
    return replay(known.capture, held, step.inputs, this.#execute, (i, next) => {
      const tensor = carried[i];
      if (tensor !== undefined) this.#backend.rebind(tensor, next);
    });
  }

  readonly #execute = (work: Settlement): Promise<void> => this.#backend.schedule.execute(work);

  #recordOnly(step: Step, why: string): Promise<readonly HostArray[]> {
    this.recorded(why);
    return recordStep(step, () => this.#backend.settle());
  }

  #remember(key: string, known: Known): void {
    this.#known.set(key, known);
    for (const oldest of this.#known.keys()) {
      if (this.#known.size <= this.#options.maxCaptures) break;
      this.#known.delete(oldest);
    }
  }

  async #captureNew(step: Step, key: string): Promise<readonly HostArray[]> {
    let made: Capture | string = "nothing was recorded";
    const results = await this.#record(step, (_, captured) => {
      made = captured;
      return null;
    });
    const captured = made as Capture | string;
    if (typeof captured === "string") {
      this.recorded(captured);
      this.#remember(key, { state: "refused", why: captured });
    } else {
      this.#counters.captured++;
      this.#remember(key, { state: "captured", capture: captured, verified: false });
    }
    return results;
  }

  /** Records the step again; what was never replayed may turn out not to repeat, what was replayed may not. */
  async #verify(
    step: Step,
    key: string,
    known: Extract<Known, { state: "captured" }>,
  ): Promise<readonly HostArray[]> {
    let differs: string | null = null;
    const results = await this.#record(step, (work, fresh) => {
      differs = typeof fresh === "string" ? fresh : difference(known.capture, fresh);
      if (differs !== null) return null;
      return {
        ...work,
        beforeHost: (index, node) => {
          if (differs === null && hostDiffers(known.capture, index, node))
            differs = `host operation ${node.op.name} does other work`;
        },
      };
    });
    const why = differs as string | null;
    if (why === null) {
      if (known.verified) this.#patience = Math.min(2 * this.#patience, this.#options.verifyEvery);
      known.verified = true;
      this.#sinceVerified = 0;
      this.#counters.verified++;
    } else if (known.verified) {
      throw new RankbenchError({
        reason: "internal",
        problem: `a step that was replayed is another one when it is recorded: ${why}`,
        thing: this.#backend.cache.engineLabel,
        field: "step",
        value: step.key,
        wanted: "the same operations and numbers each time, but for what is declared live",
        next: "open the engine with captureSteps: false, and report this",
      });
    } else {
      this.recorded(why);
      this.#remember(key, { state: "refused", why });
    }
    return results;
  }

  /** Records a step and runs it; `take` gets what was recorded before it runs, and may give back another way to run it. */
  async #record(
    step: Step,
    take: (work: FreshSettlement, captured: Capture | string) => Settlement | null,
  ): Promise<readonly HostArray[]> {
    const backend = this.#backend;
    const memories = (tensors: readonly Tensor[]) =>
      tensors.map((tensor) => owner(backend.held(tensor).value));
    const before = memories(step.carried());
    const uploaded = step.inputs.map(upload);
    const watch = new Watch((tensor) => owner(backend.held(tensor).value));
    const inputs = memories(uploaded);
    backend.watch = watch;
    let results: readonly Tensor[];
    try {
      results = listen(watch, () => step.record(uploaded));
    } finally {
      backend.watch = null;
      dispose(uploaded);
    }
    try {
      const ends = { inputs, before, after: memories(step.carried()), results: memories(results) };
      const work = backend.schedule.take();
      const way = work === null ? null : take(work, capture(work, watch, ends));
      await backend.schedule.execute(way ?? work);
      return await readAll(results);
    } finally {
      dispose([...results]);
    }
  }
}
