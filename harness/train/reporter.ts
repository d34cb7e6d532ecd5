// What a run tells while it runs: phases as they end, curves as they grow, progress a few times a second.
import type { Curve, Phase } from "#harness/record/schema.ts";
import type { PartialEvent, ProgressEvent, WorkerEvent } from "./job.ts";

const PROGRESS_MS = 250;
const PARTIAL_MS = 2000;

/** Milliseconds on a clock that never jumps; the only clock of the training code. */
export const now = (): number => performance.now();

export interface StageProgress {
  readonly phase: string;
  readonly step: number;
  readonly steps: number;
  readonly loss: number | null;
  readonly validation: number | null;
  readonly stepsPerSecond: number | null;
}

export interface Reporter {
  readonly phases: readonly Phase[];
  readonly notes: readonly string[];
  curves(): readonly Curve[];
  note(text: string): void;
  /** Sets how many optimizer steps the whole run will take, for the time left. */
  plan(totalSteps: number): void;
  /** Registers a curve that grows from now on. */
  addCurve(curve: () => Curve): void;
  /** Starts a phase; `end` stores it. Time between `pause` and `resume` is not counted. */
  begin(name: string, kind: Phase["kind"]): RunningPhase;
  /** Stores a phase that an earlier run did. */
  cached(phases: readonly Phase[]): void;
  /** Replaces phases just stored by other descriptions of the same work. */
  relabel(stored: readonly Phase[], as: readonly Phase[]): void;
  progress(now: StageProgress): void;
  /** Sends what is known now: before work of unknown length, so that a hang there loses little of the curve. */
  flush(): void;
}

export interface RunningPhase {
  pause(): void;
  resume(): void;
  end(work?: { readonly steps?: number; readonly examples?: number }): Phase;
}

/** A reporter that sends events through `emit`, thinned in time. */
export function makeReporter(emit: (event: WorkerEvent) => void): Reporter {
  const phases: Phase[] = [];
  const notes: string[] = [];
  const growing: (() => Curve)[] = [];
  let totalSteps = 0;
  let finishedSteps = 0;
  let lastProgress = Number.NEGATIVE_INFINITY;
  let lastPartial = Number.NEGATIVE_INFINITY;
  let at: { stage: string | null; step: number | null } = { stage: null, step: null };

  const partial = (): PartialEvent => ({
    kind: "partial",
    ...at,
    phases,
    curves: growing.map((curve) => curve()),
    notes,
  });
  const send = (state: StageProgress): void => {
    const event: ProgressEvent = {
      kind: "progress",
      ...state,
      doneSteps: finishedSteps + state.step,
      totalSteps,
    };
    emit(event);
  };

  return {
    phases,
    notes,
    curves: () => growing.map((curve) => curve()),
    note(text) {
      if (!notes.includes(text)) notes.push(text);
    },
    plan(steps) {
      totalSteps = steps;
    },
    addCurve(curve) {
      growing.push(curve);
    },
    begin(name, kind) {
      let since: number | null = now();
      let elapsed = 0;
      at = { stage: name, step: null };
      send({ phase: name, step: 0, steps: 0, loss: null, validation: null, stepsPerSecond: null });
      return {
        pause() {
          if (since !== null) elapsed += now() - since;
          since = null;
        },
        resume() {
          since ??= now();
        },
        end(work = {}) {
          if (since !== null) elapsed += now() - since;
          since = null;
          const phase: Phase = {
            name,
            kind,
            steps: work.steps ?? 0,
            examples: work.examples ?? 0,
            seconds: elapsed / 1000,
            cached: false,
          };
          phases.push(phase);
          finishedSteps += phase.steps;
          emit(partial());
          return phase;
        },
      };
    },
    cached(done) {
      for (const phase of done) {
        phases.push({ ...phase, cached: true });
        finishedSteps += phase.steps;
      }
    },
    relabel(stored, as) {
      for (const [i, phase] of stored.entries()) {
        const at = phases.indexOf(phase);
        const next = as[i];
        if (at >= 0 && next !== undefined) phases[at] = next;
      }
    },
    progress(state) {
      at = { stage: state.phase, step: state.step };
      const time = now();
      if (time - lastProgress >= PROGRESS_MS || state.step === state.steps) {
        lastProgress = time;
        send(state);
      }
      if (time - lastPartial >= PARTIAL_MS) {
        lastPartial = time;
        emit(partial());
      }
    },
    flush() {
      const time = now();
      if (time - lastPartial < PROGRESS_MS) return;
      lastPartial = time;
      emit(partial());
    },
  };
}
