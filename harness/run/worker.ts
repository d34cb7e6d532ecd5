// The worker process of one run: takes a job from the supervisor, executes it, reports events, ends.
// It writes no record and prints nothing; what it must say goes through the channel.

import type { RunJob, WorkerEvent } from "#harness/train/job.ts";
import { failureEvent, flush, isLast, receiveJob, takeMachine } from "./channel.ts";

async function work(job: RunJob): Promise<void> {
  let saidLast = false;
  const emit = (event: WorkerEvent): void => {
    saidLast ||= isLast(event);
    process.send?.(event);
  };
  try {
    const { executeRun } = await import("#harness/train/execute.ts");
    await executeRun(job, emit, () => takeMachine(emit));
    if (!saidLast) emit({ kind: "crashed", message: "the run ended without a result", stack: null });
  } catch (error) {
    emit(failureEvent(error));
  }
  await flush();
}

const job = await receiveJob();
await work(job);
// Engines may hold threads open; everything that counts has been sent.
process.exit(0);
