// The command blocks of README and docs that say nothing else, run as a reader would run them, in a checkout without network.
import { copyFileSync, cpSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { makeScratch, type Scratch } from "#harness/cli/testing/scratch.ts";
import { ROOT } from "../root.ts";
import { callOf, commandBlocks } from "./command-blocks.ts";
import { documents } from "./documents.ts";

const BLOCKS = (await documents())
  .flatMap(({ file, text }) => commandBlocks(file, text))
  .filter(({ notRun }) => notRun === null);

describe("the command block", () => {
  let scratch: Scratch;
  beforeAll(() => {
    scratch = makeScratch();
    for (const folder of ["configs", "results/runs"])
      cpSync(join(ROOT, folder), join(scratch.root, folder), { recursive: true });
    copyFileSync(join(ROOT, "README.md"), join(scratch.root, "README.md"));
  });
  afterAll(() => scratch.remove());

  it.each(BLOCKS.map((block) => [`${block.file}:${block.line}`, block] as const))(
    "of %s works",
    async (_, { commands }) => {
      for (const command of commands) {
        const call = callOf(command);
        if (call.kind !== "script") throw new Error(`not a command of bench: ${command}`);
        const { code, all } = await scratch.bench(call.words);
        expect(code, `${command}\n${all}`).toBe(0);
      }
    },
  );
});
