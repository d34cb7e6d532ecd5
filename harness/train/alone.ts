// What else the machine did while a run was timed, and the moment at which latency is measured with the machine to itself.
// Who else runs is the supervisor's knowledge: here it is only asked for the machine, and waited for.
import { sampleContention } from "#harness/measure/contention.ts";

/** Waits until the machine is given to this run; the function that it resolves to gives it back. */
export type TakeMachine = () => Promise<() => void>;

/** For runs that nobody supervises: the machine is theirs at once. */
export const unshared: TakeMachine = async () => () => undefined;

export interface TimedRun {
  /** Does `work` while the machine is this run's alone. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  /** Mean numbers of other runnable processes: until `alone`, and during it; null where they cannot be told. */
  end(): { readonly contention: number | null; readonly latencyContention: number | null };
}

/** Starts sampling. */
export function timeRun(take: TakeMachine): TimedRun {
  const training = sampleContention();
  let contention: number | null | undefined;
  let latencyContention: number | null = null;
  return {
    async alone(work) {
      contention ??= training.stop();
      const giveBack = await take();
      const sampler = sampleContention();
      try {
        return await work();
      } finally {
        latencyContention = sampler.stop();
        giveBack();
      }
    },
    end: () => ({
      contention: contention === undefined ? training.stop() : contention,
      latencyContention,
    }),
  };
}
