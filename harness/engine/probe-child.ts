// Opens one engine in this process, has it compute a product, and prints the answer as one line of JSON. Started by probe.ts.
import { RankbenchError } from "#harness/failure/error.ts";
import { openEngine } from "./open.ts";
import type { ProbeAnswer } from "./probe.ts";
import { matMul, tensor2d } from "./tensor.ts";

async function probe(name: string): Promise<ProbeAnswer> {
  try {
    const engine = await openEngine(name);
    const product = matMul(
      tensor2d([
        [1, 2],
        [3, 4],
      ]),
      tensor2d([[5], [6]]),
    );
    await engine.settle();
    const [a, b] = await product.data();
    if (a === 17 && b === 39) return { works: true, facts: engine.facts() };
    return { works: false, reason: `it computes [1 2; 3 4] [5; 6] as [${a}; ${b}]`, install: "report this" };
  } catch (error) {
    if (error instanceof RankbenchError)
      return { works: false, reason: error.parts.problem, install: error.parts.next ?? "" };
    return { works: false, reason: error instanceof Error ? error.message : String(error), install: "" };
  }
}

console.log(JSON.stringify(await probe(process.argv[2] ?? "")));
// Native libraries may keep threads that would hold the process.
process.exit(0);
