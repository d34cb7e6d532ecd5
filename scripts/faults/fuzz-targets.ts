// What is fuzzed, and what must come out: a value that holds what its reader promises, or a typed error that a user can act on.
// Anything else is a failure: another error, a value that does not survive its own text, an endless loop.

import { parseDuration, parsePairs, parseSeeds } from "#harness/cli/parse.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { fieldSchemas } from "#harness/method/config.ts";
import { listMethods } from "#harness/method/registry.ts";
import { stream } from "#harness/random/stream.ts";
import { formatRecord, parseRecord, renderRecord } from "#harness/record/format.ts";
import { canonicalJson, identitySchema } from "#harness/record/identity.ts";
import { parseMeasurement, renderMeasurement } from "#harness/record/measurement.ts";
import { sampleMeasurement, sampleOutcomes, sampleRecord } from "#harness/record/testing/records.ts";
import { checkPair } from "#harness/run/plan.ts";
import { parseSweepFile, sweepOf } from "#harness/run/sweep-file.ts";
import { combinations, matchNames } from "#harness/run/sweep-spec.ts";
import { checkTask } from "#harness/task/check.ts";
import { listTasks } from "#harness/task/registry.ts";
import { pick } from "./draw.ts";
import { mutateBytes, mutateText, mutateValue } from "./mutate.ts";

export type Verdict =
  | { readonly kind: "parsed" }
  | { readonly kind: "refused" }
  | { readonly kind: "failed"; readonly message: string; readonly input: string };

export interface Target {
  readonly id: string;
  readonly what: string;
  /** What comes of mutation `number`. */
  try(number: number): Verdict;
}

/** Runs a reader on an input; `promise` throws where a value is not what it should be. */
function judge(input: string, read: () => void): Verdict {
  try {
    read();
    return { kind: "parsed" };
  } catch (error) {
    // A typed error of our own making; `internal` would call it our defect.
    if (error instanceof RankbenchError && error.parts.reason !== "internal") return { kind: "refused" };
    const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error);
    return { kind: "failed", message: message.slice(0, 300), input: input.slice(0, 2000) };
  }
}

function promise(holds: boolean, what: string): void {
  if (!holds) throw new Error(`broken promise: ${what}`);
}

/** JSON writes NaN and infinity as null, so a value with one is not its own text. */
const isPlain = (value: unknown): boolean =>
  JSON.stringify(value) !== undefined &&
  canonicalJson(JSON.parse(JSON.stringify(value))) === canonicalJson(value);

function records(): Target {
  const texts = sampleOutcomes(3).map((outcome, seed) =>
    formatRecord(sampleRecord({ outcome, identity: { seed } })),
  );
  const measurement = renderMeasurement(sampleMeasurement());
  const readRecord = (content: string | Uint8Array): void => {
    const record = parseRecord(content, "fuzz.json");
    const text = renderRecord(record);
    promise(isPlain(record), "a record is plain JSON");
    promise(renderRecord(parseRecord(text, "fuzz.json")) === text, "a record survives its text");
    promise(formatRecord(record) === text, "a record can be written");
  };
  return {
    id: "records",
    what: "run records and measurements: text, bytes and structure",
    try(number) {
      const random = stream(number, "fuzz", "records");
      if (random.uniform() < 0.1) {
        const text = mutateText(measurement, random);
        return judge(text, () => {
          const parsed = parseMeasurement(text, "fuzz.json");
          promise(isPlain(parsed), "a measurement is plain JSON");
          const again = renderMeasurement(parsed);
          promise(renderMeasurement(parseMeasurement(again, "fuzz.json")) === again, "it survives its text");
        });
      }
      const base = pick(random, texts);
      const how = random.integer(3);
      const content =
        how === 0
          ? mutateText(base, random)
          : how === 1
            ? mutateBytes(base, random)
            : JSON.stringify(mutateValue(JSON.parse(base) as unknown, random));
      return judge(String(content), () => readRecord(content));
    },
  };
}

/** Names that every object of JavaScript answers to. */
const INHERITED = ["__proto__", "constructor", "toString", "hasOwnProperty"] as const;

async function configs(): Promise<Target> {
  const methods = await listMethods();
  const tasks = (await listTasks()).filter(({ scales }) => scales.smoke !== undefined);
  return {
    id: "configs",
    what: "configurations of every method: --set key=value",
    try(number) {
      const random = stream(number, "fuzz", "configs");
      const method = pick(random, methods);
      const fitting = tasks.filter(({ family }) => method.families.includes(family));
      const task = pick(random, fitting.length === 0 || random.uniform() < 0.1 ? tasks : fitting);
      const fields = Object.entries(fieldSchemas(method));
      const pairs = Array.from({ length: 1 + random.integer(3) }, () => {
        const [name, schema] = fields.length === 0 ? (["rank", {}] as const) : pick(random, fields);
        const byDefault = schema.default;
        const text = Array.isArray(byDefault) ? byDefault.join(",") : String(byDefault ?? "8");
        const pair = `${name}=${text}`;
        if (random.uniform() < 0.03) return `${pick(random, INHERITED)}=${text}`;
        return random.uniform() < 0.7 ? `${name}=${mutateText(text, random)}` : mutateText(pair, random);
      });
      return judge(`${method.id} on ${task.id}: ${JSON.stringify(pairs)}`, () => {
        const given = parsePairs(pairs);
        const { config } = checkPair(task, method, "smoke", given);
        promise(isPlain(config), "a configuration is plain JSON");
        const known = new Set(fields.map(([name]) => name));
        promise(
          Object.keys(given).every((key) => known.has(key)),
          "every key that was given is a field",
        );
        identitySchema.shape.config.parse(config);
      });
    },
  };
}

async function presets(): Promise<Target> {
  const tasks = await listTasks();
  return {
    id: "presets",
    what: "what task files say of themselves: scales, budgets, metrics, version",
    try(number) {
      const random = stream(number, "fuzz", "presets");
      const task = pick(random, tasks);
      const { family, version, metrics, classes, outputs, scales, title } = task;
      const said = { family, version, metrics, classes, outputs, scales, title };
      const mutated = mutateValue(said, random);
      return judge(`${task.id}: ${JSON.stringify(mutated)}`, () => {
        const whole = { ...task, ...mutated };
        checkTask(whole);
        for (const preset of Object.values(whole.scales)) {
          promise(preset.budget.epochs > 0 && Number.isInteger(preset.budget.batchSize), "a budget trains");
          // A backbone that the task does not know is the task's own refusal.
          promise(Array.isArray(whole.places(preset)), "a preset has places");
        }
      });
    },
  };
}

const SWEEP = `# a sweep
methods: [lora, "galore", '!fira']
tasks: glue-*
seeds: 0-4
scales: [smoke, small]
engine: onnx
threads: 1
timeout: 90m
set: &set
  rank: [4, 8]
  learningRate: 1e-4
parts:
  - methods: fwsvd
    tasks: [text-trec, ctr-?ri*o]
    seeds: [0, 2, 5]
  - tuned: true
    set: {}
    timeout: null
  - { methods: "*", tasks: glue-sst2, set: *set }
`;

async function sweeps(): Promise<Target> {
  const methods = (await listMethods()).map(({ id }) => id);
  const tasks = (await listTasks()).map(({ id }) => id);
  const readers = {
    seeds: (text: string) => parseSeeds(text, "seeds"),
    duration: (text: string) => parseDuration(text, "timeout"),
  };
  return {
    id: "sweeps",
    what: "sweep files: YAML, its schema, patterns and combinations",
    try(number) {
      const random = stream(number, "fuzz", "sweeps");
      const text = mutateText(SWEEP, random);
      return judge(text, () => {
        const spec = sweepOf(parseSweepFile(text, "fuzz.yaml", readers), {});
        for (const part of spec.parts) {
          promise(isPlain(part), "a part is plain JSON");
          promise(
            part.seeds.every((seed) => Number.isSafeInteger(seed) && seed >= 0),
            "seeds are whole numbers",
          );
          matchNames(part.methods, methods, { kind: "method", listCommand: "-" });
          matchNames(part.tasks, tasks, { kind: "task", listCommand: "-" });
          promise(combinations(part.set).length > 0, "there is a configuration");
        }
      });
    },
  };
}

/** Everything that is fuzzed. */
export const fuzzTargets = async (): Promise<readonly Target[]> => [
  records(),
  await configs(),
  await presets(),
  await sweeps(),
];
