// The check of import arrows: wrong trees must be refused, the real one must pass.
import { describe, expect, it } from "vitest";
import { type ArrowRules, checkAliases, checkFile, checkTable } from "./check.ts";
import { readSource } from "./imports.ts";
import { checkProject } from "./project.ts";
import { LAYERS } from "./table.ts";
import { projectRules } from "./tree.ts";

const rules: ArrowRules = {
  layers: LAYERS,
  aliases: {
    "#harness/*": "./harness/*",
    "#methods/*": "./methods/*",
    "#tasks/*": "./tasks/*",
    "#scripts/*": "./scripts/*",
  },
  exists: () => true,
};
const problems = (file: string, text: string) =>
  checkFile(file, text, rules).map(({ line, problem }) => `${line}: ${problem}`);

describe("arrows that the table does not have", () => {
  const refused: readonly (readonly [why: string, file: string, text: string, problem: string])[] = [
    [
      "statistics that open the database",
      "harness/stats/rank.ts",
      `import { openStore } from "#harness/store/open.ts";`,
      "1: no arrow from stats to store",
    ],
    [
      "an arrow that points upwards",
      "harness/engine/open.ts",
      `\nimport { Linear } from "#harness/nn/linear.ts";`,
      "2: no arrow from engine to nn",
    ],
    [
      "a type taken from above",
      "harness/nn/site.ts",
      `import type { Method } from "#harness/method/contract.ts";`,
      "1: no arrow from nn to method",
    ],
    [
      "a re-export from above",
      "harness/record/file.ts",
      `export { openStore } from "#harness/store/open.ts";`,
      "1: no arrow from record to store",
    ],
    [
      "all of a module re-exported",
      "harness/record/file.ts",
      `export * from "#harness/store/open.ts";`,
      "1: no arrow from record to store",
    ],
    [
      "a type written inline",
      "harness/nn/site.ts",
      `let m: import("#harness/method/contract.ts").Method;`,
      "1: no arrow from nn to method",
    ],
    [
      "a lazy import",
      "harness/task/registry.ts",
      `const m = await import("#harness/cli/main.ts");`,
      "1: no arrow from task to cli",
    ],
    [
      "anything that imports the commands",
      "harness/run/plan.ts",
      `import { table } from "#harness/cli/table.ts";`,
      "1: no arrow from run to cli",
    ],
    [
      "a method that reads test data",
      "methods/lora/method.ts",
      `import { resolve } from "#harness/data/resolve.ts";`,
      "1: no arrow from methods to data",
    ],
    [
      "a method that takes a task apart",
      "methods/lora/method.ts",
      `import { task } from "#tasks/glue/sst2.ts";`,
      "1: no arrow from methods to tasks",
    ],
    [
      "a method that reaches for the engine",
      "methods/lora/method.ts",
      `import type { Engine } from "#harness/engine/engine.ts";`,
      "1: no arrow from methods to engine",
    ],
    [
      "a method that uses another method",
      "methods/dora/method.ts",
      `import { merge } from "#methods/lora/merge.ts";`,
      "1: methods/dora may not import methods/lora",
    ],
    [
      "a task that knows a method",
      "tasks/glue/sst2.ts",
      `import { method } from "#methods/lora/method.ts";`,
      "1: no arrow from tasks to methods",
    ],
    [
      "a task that sees the method contract",
      "tasks/glue/sst2.ts",
      `import type { Method } from "#harness/method/contract.ts";`,
      "1: no arrow from tasks to method",
    ],
    [
      "a family that uses another family",
      "tasks/text/trec.ts",
      `import { readTsv } from "#tasks/glue/tsv.ts";`,
      "1: tasks/text may not import tasks/glue",
    ],
    [
      "a backbone that knows a task",
      "tasks/models/use-lite.ts",
      `import { task } from "#tasks/glue/sst2.ts";`,
      "1: no arrow from models to tasks",
    ],
    [
      "a file outside those an arrow names",
      "harness/nn/state.ts",
      `import { resolve } from "#harness/data/resolve.ts";`,
      "1: the arrow from nn to data does not cover",
    ],
    [
      "a relative import that leaves the layer",
      "harness/nn/site.ts",
      `import { x } from "../engine/engine.ts";`,
      '1: relative import "../engine/engine.ts" leaves harness/nn',
    ],
    [
      "a relative import that leaves the method",
      "methods/lora/method.ts",
      `import { x } from "../dora/method.ts";`,
      '1: relative import "../dora/method.ts" leaves methods/lora',
    ],
    [
      "a product file that imports a test",
      "harness/nn/site.ts",
      `import { x } from "./site.test.ts";`,
      "1: imports the test file",
    ],
    [
      "a product file that imports a script",
      "harness/nn/site.ts",
      `import { LAYERS } from "#scripts/arrows/table.ts";`,
      "1: only scripts and tests may import",
    ],
    [
      "a file in a folder that is no layer",
      "harness/extras/thing.ts",
      `export const x = 1;`,
      "1: stands in no layer",
    ],
    [
      "a name that is no alias",
      "harness/nn/site.ts",
      `import { x } from "#site/x.ts";`,
      '1: "#site/x.ts" fits no path alias',
    ],
  ];
  it.each(refused)("refuse %s", (_, file, text, problem) => {
    const found = problems(file, text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(problem);
  });
});

describe("packages and Node's own modules", () => {
  const refused: readonly (readonly [why: string, file: string, text: string, problem: string])[] = [
    [
      "the database outside the store",
      "harness/run/plan.ts",
      `import Database from "better-sqlite3";`,
      "run may not import the package better-sqlite3",
    ],
    [
      "a subpath of a package",
      "harness/record/file.ts",
      `import { eq } from "drizzle-orm/sqlite-core";`,
      "the package drizzle-orm",
    ],
    [
      "ONNX Runtime outside the engine",
      "harness/nn/linear.ts",
      `import * as ort from "onnxruntime-node";`,
      "the package onnxruntime-node",
    ],
    [
      "TensorFlow.js outside the engine",
      "methods/lora/method.ts",
      `import { add } from "@tensorflow/tfjs-core";`,
      "the package @tensorflow/tfjs-core",
    ],
    [
      "the command-line library outside the commands",
      "harness/run/plan.ts",
      `import { Command } from "commander";`,
      "the package commander",
    ],
    [
      "a required package",
      "harness/stats/mean.ts",
      `const require = createRequire(import.meta.url); const x = require("ml-matrix");`,
      "the package ml-matrix",
    ],
    [
      "a resolved package",
      "harness/nn/x.ts",
      `const x = import.meta.resolve("onnxruntime-node");`,
      "the package onnxruntime-node",
    ],
    [
      "files in a method",
      "methods/lora/method.ts",
      `import { readFileSync } from "node:fs";`,
      "methods may not import node:fs",
    ],
    [
      "a built-in without its prefix",
      "harness/data/folders.ts",
      `import { join } from "path";`,
      "written without node:",
    ],
    [
      "a computed import in a method",
      "methods/lora/method.ts",
      `const x = await import(name);`,
      "whose name is computed",
    ],
  ];
  it.each(refused)("refuse %s", (_, file, text, problem) => {
    const found = problems(file, text);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(problem);
  });

  it("refuses chance everywhere and the clock where results are made", () => {
    expect(problems("harness/data/split.ts", "const x = Math.random();")).toEqual([
      "1: data may not use Math.random",
    ]);
    expect(
      problems("methods/lora/method.ts", "const a = Date.now();\nconst b = new Date();\nperformance.now();"),
    ).toEqual([
      "1: methods may not use Date.now",
      "2: methods may not use new Date()",
      "3: methods may not use performance.now",
    ]);
    expect(problems("harness/train/loop.ts", "const started = performance.now();")).toEqual([]);
    expect(problems("harness/stats/mean.ts", "const day = new Date(text);")).toEqual([]);
  });
});

describe("arrows that the table has", () => {
  it.each([
    [
      "harness/store/ingest.ts",
      `import { eq } from "drizzle-orm";\nimport type { RunRecord } from "#harness/record/schema.ts";`,
    ],
    [
      "methods/lora/method.ts",
      `import { z } from "zod";\nimport { defineMethod } from "#harness/method/contract.ts";\nimport { scale } from "./scale.ts";`,
    ],
    ["tasks/glue/sst2.ts", `import { SentenceEncoder } from "#tasks/models/sentence-encoder.ts";`],
    ["harness/engine/onnx/plan.ts", `import type { Engine } from "../engine.ts";`],
    [
      "harness/stats/mean.test.ts",
      `import { openStore } from "#harness/store/open.ts";\nconst x = Math.random();`,
    ],
    ["scripts/docs/board.ts", `import { openStore } from "#harness/store/open.ts";`],
    ["harness/store/drizzle.config.ts", `import { defineConfig } from "drizzle-kit";`],
  ])("pass in %s", (file, text) => {
    expect(problems(file, text)).toEqual([]);
  });

  it("are no arrows where a function of one's own is called require", () => {
    const text = "const require = (value, same) => same(value);\nrequire(filter.task, equal);";
    expect(problems("harness/store/query.ts", text)).toEqual([]);
  });

  it("are no arrows at all in comments and strings", () => {
    const text = `// import { x } from "#harness/cli/main.ts";\nconst s = 'import { x } from "#harness/cli/main.ts"';`;
    expect(problems("harness/nn/site.ts", text)).toEqual([]);
  });
});

describe("the reader of imports", () => {
  it("tells types from values by what is left after erasure", () => {
    const text = [
      `import type { A } from "./a.ts";`,
      `import { type B } from "./b.ts";`,
      `import { type C, d } from "./c.ts";`,
      `import "./e.ts";`,
      `import {} from "./f.ts";`,
      `export type { G } from "./g.ts";`,
      `export * from "./h.ts";`,
      `import i, { type J } from "./i.ts";`,
    ].join("\n");
    expect(readSource("x.ts", text).imports.map(({ kind }) => kind)).toEqual([
      "type",
      "type",
      "static",
      "static",
      "static",
      "type",
      "re-export",
      "static",
    ]);
  });

  it("counts lines as an editor does", () => {
    expect(readSource("x.ts", "").lines).toBe(0);
    expect(readSource("x.ts", "a;\nb;\n").lines).toBe(2);
    expect(readSource("x.ts", "a;\nb;").lines).toBe(2);
  });
});

describe("the size of a file", () => {
  it("may be 400 lines and not 401", () => {
    expect(problems("harness/nn/site.ts", "x;\n".repeat(400))).toEqual([]);
    expect(problems("harness/nn/site.test.ts", "x;\n".repeat(401))).toEqual([
      "401: 401 lines, more than 400: split it by idea",
    ]);
  });
});

describe("the table itself", () => {
  const [first, second] = LAYERS;
  it("points downwards only", () => {
    expect(checkTable(LAYERS)).toEqual([]);
  });

  it("is refused when an arrow points up, to itself, or to nothing", () => {
    if (first === undefined || second === undefined) throw new Error("the table has at least two rows");
    const upwards = { ...first, arrows: [{ to: second.name }] };
    expect(checkTable([upwards, second])).toEqual([
      `${first.name} -> ${second.name} does not point to a row above`,
    ]);
    expect(checkTable([{ ...first, arrows: [{ to: first.name }] }])).toHaveLength(1);
    expect(checkTable([first, first])).toEqual([`${first.name} stands twice`]);
  });
});

describe("imports that lead nowhere", () => {
  const empty: ArrowRules = { ...rules, exists: () => false };
  it("are refused in tests too", () => {
    const [found] = checkFile("harness/nn/site.test.ts", `import { x } from "#harness/nn/gone.ts";`, empty);
    expect(found?.problem).toBe(`"#harness/nn/gone.ts" names no file (harness/nn/gone.ts)`);
  });

  it("are found behind an alias whose folder is missing", () => {
    const gone = { ...rules, aliases: { "#gone/*": "./gone/*" } };
    expect(checkAliases(gone, () => false)).toEqual(["#gone/* points to ./gone/*, which is not there"]);
  });
});

describe("this repository", () => {
  it("gives every layer of the table a folder that package.json can name", () => {
    const { aliases } = projectRules();
    const named = LAYERS.filter(({ name }) => name !== "site");
    for (const { folder } of named)
      expect(Object.keys(aliases).some((alias) => `#${folder}/`.startsWith(alias.slice(0, -1)))).toBe(true);
  });

  it("has only arrows of the table, files of one idea and no trace of one machine", () => {
    expect(checkProject().faults).toEqual([]);
  });
});
