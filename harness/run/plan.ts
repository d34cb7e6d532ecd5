// From a request to the runs it means: every id, scale and configuration checked before any data is touched, then each
// run's identity, its id, and whether it exists. Starts nothing and writes nothing.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { projectRoot } from "#harness/data/folders.ts";
import { type ResolveOptions, resolveSource } from "#harness/data/resolve.ts";
import type { DataSource, DataVariant, SampleNotice } from "#harness/data/source.ts";
import { sourceStatus } from "#harness/data/status.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { resolveConfig } from "#harness/method/config.ts";
import type { Method } from "#harness/method/contract.ts";
import { findMethod } from "#harness/method/registry.ts";
import { supportOf } from "#harness/method/support.ts";
import { parseRecord, recordPath } from "#harness/record/file.ts";
import { type ConfigValue, type Identity, PROTOCOL, runId, type Scale } from "#harness/record/identity.ts";
import type { OutcomeState, RunRecord, TunedRecord } from "#harness/record/schema.ts";
import type { ScalePreset, Task } from "#harness/task/contract.ts";
import { taskFacts } from "#harness/task/facts.ts";
import { findTask } from "#harness/task/registry.ts";
import type { RunJob } from "#harness/train/job.ts";
import { findClaim } from "./claim.ts";
import { commandOf, type RunRequest } from "./request.ts";
import { tunedOverrides } from "./tuned.ts";

/** A method on a task with its whole configuration: a run but for seed, data and machine. */
export interface CheckedPair {
  readonly task: Task;
  readonly preset: ScalePreset;
  readonly method: Method;
  readonly config: Record<string, ConfigValue>;
  /** False when the method refuses the task. */
  readonly supported: boolean;
  /** What is set otherwise than by default, as `--set` has it. */
  readonly overrides: Readonly<Record<string, string>>;
  /** How the configuration was chosen, where `bench tune` did. */
  readonly tuned: TunedRecord | null;
}

/** A request of which every name and value was found good. */
export interface CheckedRequest {
  readonly request: RunRequest;
  readonly pairs: readonly CheckedPair[];
}

/** The data that a task's runs would use. */
export interface PlannedData {
  /** `sample` as soon as one source is. */
  readonly variant: DataVariant;
  readonly fingerprint: string;
  readonly notices: readonly SampleNotice[];
  readonly needsDownload: boolean;
  /** Null where a source does not say. */
  readonly downloadBytes: number | null;
}

/**
 * `exists`: a record with a result; `failed`: a record without one, to be tried again; `running`: another living
 * process does it now; `missing`: none of these.
 */
export type CellState = "exists" | "failed" | "running" | "missing";

/** One run to be done or shown. */
export interface Cell {
  readonly job: RunJob;
  readonly task: Task;
  readonly method: Method;
  readonly data: PlannedData;
  readonly command: string;
  /** Where its record stands or will stand. */
  readonly file: string;
  readonly state: CellState;
  /** Outcome of the record that is there, if one is. */
  readonly outcome: OutcomeState | null;
  /** See the record's fields of these names. */
  readonly purpose?: NonNullable<RunRecord["purpose"]>;
  readonly tuned?: TunedRecord;
}

/** Finds all names, resolves all configurations. Throws the first refusal; reads no data. */
export async function checkRequest(request: RunRequest): Promise<CheckedRequest> {
  const tasks: Task[] = [];
  for (const id of request.tasks) tasks.push(await findTask(id));
  const methods: Method[] = [];
  for (const id of request.methods) methods.push(await findMethod(id));
  const { scale } = request;
  const set = request.tuned === true ? ("tuned" as const) : request.overrides;
  return {
    request,
    pairs: tasks.flatMap((task) => methods.map((method) => checkPair(task, method, scale, set))),
  };
}

/**
 * A method on a task at a scale, with its configuration resolved and tried against the model's sites. `set` are overrides
 * of the defaults, or the word for the configuration that `bench tune` chose.
 */
export function checkPair(
  task: Task,
  method: Method,
  scale: Scale,
  set: Readonly<Record<string, string>> | "tuned",
): CheckedPair {
  const facts = taskFacts(task, scale);
  const preset = task.scales[scale];
  if (preset === undefined) throw new Error(`task ${task.id} has facts but no preset at ${scale}`);
  const supported = supportOf(method, facts).ok;
  // Nothing is tuned where the method refuses the task.
  const chosen = set === "tuned" && supported ? tunedOverrides(projectRoot(), method, task, scale) : null;
  const overrides = set === "tuned" ? (chosen?.overrides ?? {}) : set;
  const config = resolveConfig(method, facts, overrides);
  // A method that does not take the task is run to the record that says so.
  if (supported) method.check?.(task.places(preset), config);
  return { task, preset, method, config, supported, overrides, tuned: chosen?.record ?? null };
}

async function statusOf(source: DataSource, preset: ScalePreset): Promise<PlannedData> {
  const status = await sourceStatus(source, { sampleOnly: preset.sampleOnly });
  if (status.variant === null || status.fingerprint === null) {
    // Nothing to be had: resolution knows the words for it.
    await resolveSource(source, { sampleOnly: preset.sampleOnly, download: false });
    throw new Error(`data ${source.id} has no status but resolves`);
  }
  return {
    variant: status.variant,
    fingerprint: status.fingerprint,
    notices: status.notice === null ? [] : [status.notice],
    needsDownload: status.needsDownload,
    downloadBytes: status.downloadBytes,
  };
}

const variantOf = (variants: readonly DataVariant[]): DataVariant =>
  variants.includes("sample") ? "sample" : variants.includes("mirror") ? "mirror" : "official";

function combine(parts: readonly PlannedData[]): PlannedData {
  const bytes = parts.map((part) => part.downloadBytes);
  return {
    variant: variantOf(parts.map((part) => part.variant)),
    fingerprint: parts.map((part) => part.fingerprint).join("+"),
    notices: parts.flatMap((part) => part.notices),
    needsDownload: parts.some((part) => part.needsDownload),
    downloadBytes: bytes.includes(null) ? null : bytes.reduce((sum: number, each) => sum + (each ?? 0), 0),
  };
}

/** What a task would use, from names and sizes alone. */
export async function plannedData(task: Task, preset: ScalePreset): Promise<PlannedData> {
  return combine(await Promise.all(task.sources.map((source) => statusOf(source, preset))));
}

/** Downloads what is missing; without network this is where the sample takes over, with its notice. */
export async function fetchedData(
  task: Task,
  preset: ScalePreset,
  onProgress: NonNullable<ResolveOptions["onProgress"]>,
): Promise<PlannedData> {
  const parts: PlannedData[] = [];
  for (const source of task.sources) {
    const resolved = await resolveSource(source, { sampleOnly: preset.sampleOnly, onProgress });
    parts.push({
      variant: resolved.variant,
      fingerprint: resolved.fingerprint,
      notices: resolved.notice === null ? [] : [resolved.notice],
      needsDownload: false,
      downloadBytes: 0,
    });
  }
  return combine(parts);
}

export interface PlanInput {
  readonly root: string;
  readonly checked: CheckedRequest;
  /** Spec that this machine and the engine settings match. */
  readonly spec: string;
  /** Data of each task, by task id. */
  readonly data: ReadonlyMap<string, PlannedData>;
  /** Repeat runs that exist: their records need not be readable. */
  readonly force: boolean;
}

/** All runs of a request: tasks, then methods, then seeds, in the order given. */
export async function planCells(input: PlanInput): Promise<Cell[]> {
  const { checked, data } = input;
  const cells: Cell[] = [];
  for (const pair of checked.pairs) {
    const planned = data.get(pair.task.id);
    if (planned === undefined) throw new Error(`no data was planned for task ${pair.task.id}`);
    for (const seed of checked.request.seeds) cells.push(await planCell(input, pair, planned, seed));
  }
  return cells;
}

async function planCell(input: PlanInput, pair: CheckedPair, data: PlannedData, seed: number): Promise<Cell> {
  const { request } = input.checked;
  const { task, method, config } = pair;
  const identity: Identity = {
    task: task.id,
    taskVersion: task.version,
    scale: request.scale,
    method: method.id,
    config,
    seed,
    engine: request.engine,
    spec: input.spec,
    protocol: PROTOCOL,
    data: data.fingerprint,
  };
  const id = runId(identity);
  const job: RunJob = { id, identity, engineOptions: { threads: request.threads } };
  const file = recordPath(input.root, { id, identity });
  const outcome = await storedOutcome(file, input.force);
  const running = findClaim(input.root, id)?.state === "running";
  return {
    job,
    task,
    method,
    data,
    command: commandOf({
      method: method.id,
      task: task.id,
      seed,
      request: { ...request, overrides: pair.overrides },
    }),
    file,
    state: outcome === "ok" ? "exists" : running ? "running" : outcome === null ? "missing" : "failed",
    outcome,
    ...(pair.tuned === null ? {} : { tuned: pair.tuned }),
  };
}

/** Outcome of a stored record, null when there is none. A damaged record is refused, unless it will be replaced anyway. */
export async function storedOutcome(file: string, force: boolean): Promise<OutcomeState | null> {
  if (!existsSync(file)) return null;
  try {
    return parseRecord(await readFile(file), file).outcome.state;
  } catch (error) {
    if (force && error instanceof RankbenchError) return null;
    throw error;
  }
}
