// Whether a node would do the very run that was planned: its identity made again from what is there (machine, data, versions
// of task and protocol), and a refusal that names what differs. Starts nothing.
import { ENGINE_NAMES } from "#harness/engine/engine.ts";
import { type ErrorParts, RankbenchError } from "#harness/failure/error.ts";
import { observeMachine } from "#harness/measure/machine.ts";
import { lacksOf, matchSpec, type Observed, providerOf } from "#harness/measure/spec.ts";
import { findMethod } from "#harness/method/registry.ts";
import { recordPath } from "#harness/record/file.ts";
import { canonicalJson, type Identity, PROTOCOL, runId } from "#harness/record/identity.ts";
import { findTask } from "#harness/task/registry.ts";
import { type Cell, checkPair, plannedData } from "../plan.ts";
import { commandOf } from "../request.ts";
import type { ManifestCell } from "./manifest.ts";

interface Advice {
  readonly reason: ErrorParts["reason"];
  readonly next: string;
}

const OTHER_CODE: Advice = {
  reason: "config",
  next: "let all nodes see the checkout that the sweep was planned in, then give the same bench sweep again",
};

/** What to do about a field that differs. */
function adviceOn(field: string, here: Identity, observed: Observed): Advice {
  if (field === "data") {
    return {
      reason: "data",
      next: "let nodes see the data that the sweep was planned with: RANKBENCH_CACHE and RANKBENCH_MIRRORS on a shared disk",
    };
  }
  if (field !== "spec") return OTHER_CODE;
  const why = matchSpec(observed).ranked ? "" : " (its runs are stored, and ranked among themselves only)";
  return {
    reason: "usage",
    next: `plan for such nodes with --spec ${here.spec}${why}, or ask for others with --sbatch=--constraint=...`,
  };
}

/** What was planned of a field, for a spec with what this node lacks of it. */
function wantedOf(field: string, planned: Identity, observed: Observed): string {
  const value = planned[field as keyof Identity];
  const text = typeof value === "object" ? canonicalJson(value) : String(value);
  if (field !== "spec") return text;
  const list = lacksOf(planned.spec, observed).map(
    ({ field: what, got, wanted }) => `${what} ${wanted}, not ${got ?? "unknown"}`,
  );
  return list.length === 0 ? text : `${text}: ${list.join("; ")}`;
}

/** Throws a refusal where two identities differ; the first field that does is named. */
function checkSame(planned: Identity, here: Identity, observed: Observed): void {
  const keys = Object.keys(planned) as (keyof Identity)[];
  const differing = keys.filter((key) => canonicalJson(planned[key]) !== canonicalJson(here[key]));
  const [field] = differing;
  if (field === undefined) return;
  const { reason, next } = adviceOn(field, here, observed);
  throw new RankbenchError({
    reason,
    thing: `run ${runId(planned)} (${planned.method} on ${planned.task}, seed ${planned.seed})`,
    problem: "this node would do another run than was planned",
    field: differing.join(", "),
    value: here[field],
    wanted: wantedOf(field, planned, observed),
    next,
  });
}

/** The planned run as this node does it. A run that would be another one here is refused. */
export async function cellHere(root: string, planned: ManifestCell): Promise<Cell> {
  const { identity, overrides, threads } = planned;
  const { scale, seed } = identity;
  const engine = ENGINE_NAMES.find((name) => name === identity.engine);
  if (engine === undefined) throw new Error(`a plan has no engine ${identity.engine}`);
  const [task, method] = [await findTask(identity.task), await findMethod(identity.method)];
  const { preset, config } = checkPair(task, method, scale, overrides);
  const data = await plannedData(task, preset);
  const observed = { machine: observeMachine(), provider: providerOf(engine), threads };
  const here: Identity = {
    ...identity,
    taskVersion: task.version,
    config,
    spec: matchSpec(observed).spec,
    protocol: PROTOCOL,
    data: data.fingerprint,
  };
  checkSame(identity, here, observed);
  if (data.needsDownload) {
    throw new RankbenchError({
      reason: "data",
      thing: `data of ${task.id}`,
      problem: "this node would have to download what the sweep was planned with",
      field: "data",
      value: data.fingerprint,
      wanted: "data that is there: nodes may have no network, and many would fetch the same",
      next: "set RANKBENCH_CACHE to a folder that nodes and login node share, then give the same bench sweep again",
    });
  }
  const id = runId(here);
  return {
    job: { id, identity: here, engineOptions: { threads } },
    task,
    method,
    data,
    command: commandOf({
      method: method.id,
      task: task.id,
      seed,
      request: { scale, engine, threads, overrides },
    }),
    file: recordPath(root, { id, identity: here }),
    state: planned.replaces === null ? "missing" : "failed",
    outcome: null,
    ...(planned.tuned === undefined ? {} : { tuned: planned.tuned }),
    ...(planned.purpose === undefined ? {} : { purpose: planned.purpose }),
  };
}
