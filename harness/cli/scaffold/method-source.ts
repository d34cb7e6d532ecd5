// The `method.ts` that `bench new` writes: the fixed order of a method file, complete but for what makes the method itself.
// It compiles, and its setup throws the next step.
import type { MethodKind } from "#harness/method/contract.ts";

/** What differs from kind to kind: imports, fields, words and the setup. */
interface Shape {
  readonly imports: readonly string[];
  readonly fields: readonly string[];
  readonly promises: string;
  readonly startsFrom: "pretrained" | "dense";
  readonly check?: string;
  readonly setup: readonly string[];
  /** What is left to write. */
  readonly next: string;
}

const CONTRACT = `import { defineMethod, type Method } from "#harness/method/contract.ts";`;

/** Kinds whose setup decides for itself what it rewrites: everything trains, and the model is deployed as it stands. */
const generic = (next: string, startsFrom: Shape["startsFrom"]): Shape => ({
  imports: [
    CONTRACT,
    `import { countOf, denseDeployment } from "#harness/method/costs.ts";`,
    `import { learningRate, WITH_BLOCKS } from "#harness/method/fields.ts";`,
    `import { blockSites } from "#harness/method/rewrite.ts";`,
  ],
  fields: [`  learningRate: learningRate(5e-4, "as full fine-tuning on use-lite"),`],
  promises: `{ startsAtBase: null, finishKeeps: 1e-5, gradients: "exact" }`,
  startsFrom,
  setup: [
    `async setup({ model }, { learningRate }) {`,
    `  const sites = blockSites(model);`,
    `  if (sites.length > 0) throw new Error(NEXT);`,
    `  for (const param of model.params()) param.trainable = true;`,
    `  return {`,
    `    stages: [{ name: "train", learningRate, budgetShare: 1 }],`,
    `    declared: denseDeployment(model, countOf(model.params())),`,
    `  };`,
    `},`,
  ],
  next,
});

const ADAPTER: Shape = {
  imports: [
    `import { adapterRun } from "#harness/method/adapter.ts";`,
    CONTRACT,
    `import { learningRate, rank, targets, WITH_BLOCKS } from "#harness/method/fields.ts";`,
    `import { checkTargets, targetSites } from "#harness/method/rewrite.ts";`,
  ],
  fields: [
    `  rank: rank(8, "choice of this file; name the paper's section"),`,
    `  targets: targets(["query", "value"], "choice of this file; name the paper's section"),`,
    `  learningRate: learningRate(1e-3, "choice of this file; name the paper's section"),`,
  ],
  promises: `{ startsAtBase: 0, finishKeeps: 1e-5, gradients: "exact", toy: { rank: "2" } }`,
  startsFrom: "pretrained",
  check: `check: (places, { targets }) => checkTargets(places, targets, ID),`,
  setup: [
    `async setup({ model }, { rank, targets, learningRate }) {`,
    `  return adapterRun({`,
    `    model,`,
    `    sites: targetSites(model, targets, ID),`,
    `    count: (fanIn, fanOut) => rank * (fanIn + fanOut),`,
    `    wrap: () => {`,
    `      throw new Error(NEXT);`,
    `    },`,
    `    stage: { learningRate },`,
    `  });`,
    `},`,
  ],
  next: "return from wrap() the module that takes a site's dense map over (harness/nn/lora-linear.ts is one), and let count() be its formula",
};

const OPTIMIZER: Shape = {
  imports: [
    CONTRACT,
    `import { learningRate, WITH_BLOCKS } from "#harness/method/fields.ts";`,
    `import { projectedRun } from "#harness/method/projected.ts";`,
    `import type { Optimizer } from "#harness/optim/optimizer.ts";`,
  ],
  fields: [`  learningRate: learningRate(5e-4, "as full fine-tuning on use-lite"),`],
  promises: `{ startsAtBase: 0, finishKeeps: 0, gradients: "exact" }`,
  startsFrom: "pretrained",
  setup: [
    `async setup({ model, note }, { learningRate }) {`,
    `  return projectedRun({ model, note, optimizer: rule(), stateNumbers, learningRate });`,
    `},`,
  ],
  next: "return from rule() the update rule of a block's maps (harness/optim/galore.ts is one), and let stateNumbers() be the formula of its state",
};

const SHAPES: Readonly<Record<MethodKind, Shape>> = {
  adapter: ADAPTER,
  optimizer: OPTIMIZER,
  baseline: generic("choose in setup() what trains, and declare its costs by formula", "pretrained"),
  parametrisation: generic(
    "exchange in setup() the maps of the sites for your parametrisation, and declare its costs by formula",
    "pretrained",
  ),
  compression: generic(
    "exchange in setup() the maps of the sites for smaller ones, and declare what is deployed by formula",
    "dense",
  ),
  architecture: generic(
    "exchange in setup() modules of the sites for your own, and declare its costs by formula",
    "pretrained",
  ),
};

const indent = (lines: readonly string[]): string => lines.map((line) => `  ${line}`).join("\n");

/** Functions that stand under "pure maths" in the file. */
const maths = (kind: MethodKind): string =>
  kind === "optimizer"
    ? `
/** The update rule of one map. */
const rule = (): Optimizer => {
  throw new Error(NEXT);
};

/** Numbers of state that the rule keeps for a map [m, n], by the paper's formula. */
export const stateNumbers = (m: number, n: number): number => 2 * m * n;
`
    : "";

/** The source of \`methods/<id>/method.ts\`. */
export function methodSource(id: string, title: string, kind: MethodKind): string {
  const { imports, fields, promises, startsFrom, check, setup, next } = SHAPES[kind];
  return `// ${title} (authors, venue and year of the paper): what it does in one sentence. Made from: the paper alone.
// Scaled down: say what. Not reproduced: say what.
import { z } from "zod";
${imports.join("\n")}

const ID = ${JSON.stringify(id)};
/** What is left to write; nothing throws it once the method is there. */
const NEXT = \`\${ID} is not written yet: ${next}\`;

const config = z.strictObject({
${fields.join("\n")}
});
type Config = z.infer<typeof config>;
${maths(kind)}
export const method: Method<Config> = defineMethod({
  id: ID,
  title: ${JSON.stringify(title)},
  kind: ${JSON.stringify(kind)},
  paper: null,
  fidelity: "reconstruction",
  summary: "One or two sentences of what it does.",
  families: WITH_BLOCKS,
  config,
  presets: [],
  startsFrom: ${JSON.stringify(startsFrom)},
  promises: ${promises},
  supports: () => ({ ok: true }),
${check === undefined ? "" : `  ${check}\n`}${indent(setup)}
});
`;
}
