// One process of programs.ts: takes blocks of program numbers, compares each program, answers with what differed.
import { comparePrograms, shrinkProgram } from "#harness/engine/testing/compare-programs.ts";

/** Numbers `from` to `from + count - 1`. */
export interface Block {
  readonly from: number;
  readonly count: number;
}

process.on("message", async ({ from, count }: Block) => {
  const found = await comparePrograms("onnx", from, count);
  const mismatches = [];
  for (const mismatch of found) mismatches.push((await shrinkProgram("onnx", mismatch.seed)) ?? mismatch);
  process.send?.({ from, count, mismatches });
});
// The supervisor closes the channel when there is nothing left.
process.on("disconnect", () => process.exit(0));
