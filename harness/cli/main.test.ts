// Command lines end to end within one process: messages, codes and documents, as far as no run is started.
import { expect, test } from "vitest";
import { EXIT_CODES } from "#harness/failure/exit-codes.ts";
import { main } from "./main.ts";
import type { Terminal } from "./session.ts";

async function bench(...argv: string[]) {
  let out = "";
  let err = "";
  const terminal: Terminal = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    columns: 100,
    outIsTty: false,
    errIsTty: false,
    env: {},
  };
  const code = await main(argv, terminal);
  return { code, out, err };
}

test("help names every command with an example, and ends 0", async () => {
  const { code, out, err } = await bench("--help");
  expect(code).toBe(0);
  expect(err).toBe("");
  for (const word of [
    "run",
    "list",
    "show",
    "data",
    "engines",
    "rebuild",
    "exit-codes",
    "completion",
    "pnpm bench --method",
  ]) {
    expect(out).toContain(word);
  }
  expect(out).not.toContain("  complete ");
});

test("the help of run documents every option", async () => {
  const { out } = await bench("run", "--help");
  for (const option of [
    "--method",
    "--task",
    "--seed ",
    "--seeds",
    "--scale",
    "--engine",
    "--threads",
    "--set",
    "--force",
    "--dry-run",
    "--keep-going",
    "--timeout",
    "--memory-limit",
    "--json",
  ]) {
    expect(out).toContain(option);
  }
});

test.each([
  [["lst"], 'did you mean "list"'],
  [["list", "rns"], "Did you mean runs"],
  [["--methd", "lora"], "Did you mean --method"],
  [["--method", "lroa", "--task", "glue-sst2"], 'did you mean "lora"'],
  [["--method", "lora", "--task", "glue-sst"], 'did you mean "glue-sst2"'],
  [["--method", "lora", "--task", "glue-sst2", "--engine", "onx"], 'did you mean "onnx"'],
  [["--method", "lora", "--task", "glue-sst2", "--scale", "smal"], 'did you mean "small"'],
])("%j is refused with the nearest name and code 2", async (argv, hint) => {
  const { code, out, err } = await bench(...argv);
  expect(code).toBe(EXIT_CODES.usage.code);
  expect(out).toBe("");
  expect(err).toContain(hint);
  expect(err).not.toMatch(/\n\s+at /);
});

test.each([
  ["--seed", "-1"],
  ["--seed", "1.5"],
  ["--seed", "9007199254740993"],
  ["--seeds", "4-0"],
  ["--timeout", "5"],
  ["--memory-limit", "4"],
  ["--threads", "0"],
  ["--set", "rank"],
])("%s %s is refused with code 2, and the message names option and value", async (option, value) => {
  const { code, err } = await bench("--method", "lora", "--task", "glue-sst2", option, value);
  expect(code).toBe(EXIT_CODES.usage.code);
  expect(err).toContain(option);
  expect(err).toContain(JSON.stringify(value));
});

test("--seed 0 and --seeds together, and a missing method, are refused", async () => {
  expect(
    (await bench("--method", "lora", "--task", "glue-sst2", "--seed", "0", "--seeds", "0-2")).err,
  ).toContain("both given");
  const missing = await bench("--task", "glue-sst2");
  expect(missing.code).toBe(2);
  expect(missing.err).toContain("--method is missing");
});

test.each([
  [["rnk=3"], 'did you mean "rank"'],
  [["rank=0"], "rank"],
  [["rank=eight"], "rank"],
])("the configuration %j is refused with code 3 before anything is read", async (sets, hint) => {
  const { code, out, err } = await bench(
    "--method",
    "lora",
    "--task",
    "glue-sst2",
    ...sets.flatMap((set) => ["--set", set]),
  );
  expect(code).toBe(EXIT_CODES.config.code);
  expect(out).toBe("");
  expect(err).toContain(hint);
});

test("with --json an error is one document on stdout, also one of the command line itself", async () => {
  for (const argv of [
    ["list", "runs", "--nonsense", "--json"],
    ["--method", "lroa", "--task", "glue-sst2", "--json"],
  ]) {
    const { code, out, err } = await bench(...argv);
    expect(code).toBe(2);
    expect(JSON.parse(out)).toMatchObject({ error: { reason: "usage" } });
    expect(err).not.toBe("");
  }
});

test("a dry run plans every method and seed with stable ids, and the id follows the configuration", async () => {
  const argv = [
    "--method",
    "lora,linear-probe",
    "--task",
    "glue-sst2",
    "--scale",
    "smoke",
    "--seeds",
    "0-2",
    "--dry-run",
    "--json",
  ];
  const first = await bench(...argv);
  expect(first.code).toBe(0);
  const plan = JSON.parse(first.out) as {
    runs: { id: string; identity: { method: string; seed: number; data: string }; command: string }[];
  };
  expect(plan.runs.map((run) => `${run.identity.method} ${run.identity.seed}`)).toEqual([
    "lora 0",
    "lora 1",
    "lora 2",
    "linear-probe 0",
    "linear-probe 1",
    "linear-probe 2",
  ]);
  expect(new Set(plan.runs.map((run) => run.id)).size).toBe(6);
  expect(plan.runs[0]?.identity.data).toMatch(/^sample-/);
  expect(plan.runs[1]?.command).toBe(
    "pnpm bench --method lora --task glue-sst2 --scale smoke --seed 1 --engine onnx --threads 1",
  );
  expect(JSON.parse((await bench(...argv)).out)).toEqual(plan);
  const other = await bench(
    "--method",
    "lora",
    "--task",
    "glue-sst2",
    "--scale",
    "smoke",
    "--set",
    "rank=4",
    "--dry-run",
    "--json",
  );
  expect((JSON.parse(other.out) as typeof plan).runs[0]?.id).not.toBe(plan.runs[0]?.id);
});

test("the exit codes that are listed are the table's", async () => {
  const { out } = await bench("exit-codes", "--json");
  const { exitCodes } = JSON.parse(out) as { exitCodes: { code: number; name: string }[] };
  expect(Object.fromEntries(exitCodes.map(({ name, code }) => [name, code]))).toMatchObject({
    ok: 0,
    usage: 2,
    config: 3,
    interrupted: 130,
  });
});

test("methods and tasks are listed as documents with their configuration fields", async () => {
  const methods = JSON.parse((await bench("list", "methods", "--json")).out) as {
    methods: { id: string; config: { name: string }[] }[];
  };
  expect(methods.methods.find(({ id }) => id === "lora")?.config.map(({ name }) => name)).toContain("rank");
  const tasks = JSON.parse((await bench("list", "tasks", "--json")).out) as {
    tasks: { id: string; scales: { scale: string }[] }[];
  };
  expect(tasks.tasks.find(({ id }) => id === "glue-sst2")?.scales.map(({ scale }) => scale)).toEqual([
    "smoke",
    "small",
    "full",
  ]);
});

test.each([
  [["li"], ["list"]],
  [["list", "m"], ["methods"]],
  [["--meth"], ["--method"]],
  [
    ["--scale", ""],
    ["smoke", "small", "full"],
  ],
  [["--task", "glue-s"], ["glue-sst2"]],
  [["--method", "lora,gal"], ["lora,galore"]],
  [["--engine=tfjs-c"], ["--engine=tfjs-cpu"]],
  [["completion", "z"], ["zsh"]],
  [["data", "pull", "glue-sst"], ["glue-sst2"]],
  [["run", "--forc"], ["--force"]],
  [["--set", ""], []],
  [["nonsense", "x"], []],
])("%j completes to %j", async (words, wanted) => {
  const { code, out } = await bench("complete", "--", ...words);
  expect(code).toBe(0);
  const found = out.split("\n").filter((line) => line !== "");
  if (wanted.length === 0) expect(found).toEqual([]);
  else expect(found).toEqual(expect.arrayContaining(wanted));
  for (const word of found) expect(word.startsWith(words.at(-1) ?? "")).toBe(true);
});
