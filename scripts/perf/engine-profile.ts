// `pnpm perf engine-profile MODEL [STEPS [ROWS]]`: where a training step of a benchmark model spends its time inside ONNX Runtime.
// Wraps the runtime's own profiler around every session that the engine opens, so it must be the only thing that runs.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { InferenceSession } from "onnxruntime-node";
import { z } from "zod";
import { openEngine } from "#harness/engine/open.ts";
import { PERF_MODELS } from "./engine/models/catalogue.ts";
import { BATCHES, batchesOf, modelOf } from "./engine/models/model.ts";
import { Trainer } from "./engine/step.ts";

const event = z.object({
  cat: z.string(),
  name: z.string(),
  dur: z.number(),
  args: z.record(z.string(), z.unknown()).optional(),
});

/** A node of a program over the steps: its fastest run counts, because other work on the machine only ever slows it. */
interface Node {
  op: string;
  shapes: string;
  us: number;
  runs: number;
}

/** Sizes of a node's inputs or outputs as `[32,64] [64]`. */
function shapes(value: unknown): string {
  const list = z.array(z.record(z.string(), z.array(z.number()))).safeParse(value);
  if (!list.success) return "";
  return list.data.map((entry) => `[${Object.values(entry)[0]?.join() ?? ""}]`).join(" ");
}

function print(title: string, nodes: readonly Node[], nameOf: (node: Node) => string, limit: number): void {
  const rows = new Map<string, { us: number; count: number }>();
  for (const node of nodes) {
    const { us, count } = rows.get(nameOf(node)) ?? { us: 0, count: 0 };
    rows.set(nameOf(node), { us: us + node.us, count: count + 1 });
  }
  console.log(`\n${title}: milliseconds a step, nodes`);
  const sorted = [...rows].sort((x, y) => y[1].us - x[1].us).slice(0, limit);
  for (const [name, { us, count }] of sorted)
    console.log(`${(us / 1000).toFixed(2).padStart(9)} ${String(count).padStart(5)}  ${name}`);
}

const [id = "mlp", wanted = "20", limit = "40"] = process.argv.slice(2);
const steps = Number(wanted);
const spec = PERF_MODELS.find((model) => model.id === id);
if (spec === undefined) throw new Error(`no benchmark model ${id}`);
const folder = await mkdtemp(join(tmpdir(), "rankbench-profile-"));
const sessions = new Set<InferenceSession>();
let opened = 0;
const create = InferenceSession.create.bind(InferenceSession);
const profiled = async (model: Uint8Array, options: InferenceSession.SessionOptions) => {
  const profiling = { enableProfiling: true, profileFilePrefix: join(folder, `session${opened}`) };
  opened += 1;
  const session = await create(model, { ...options, ...profiling });
  const release = session.release.bind(session);
  // The engine lets programs go that training needs no more; a profile must be ended before.
  session.release = async () => {
    sessions.delete(session);
    session.endProfiling();
    await release();
  };
  sessions.add(session);
  return session;
};
InferenceSession.create = profiled as typeof InferenceSession.create;

const engine = await openEngine("onnx", { threads: 1 });
const model = modelOf(spec);
const batches = batchesOf(spec, model);
const trainer = new Trainer(engine, model);
let wall = Number.POSITIVE_INFINITY;
for (let i = 0; i < steps; i++) {
  const batch = batches[i % BATCHES];
  if (batch === undefined) throw new Error("no batch");
  const begin = performance.now();
  await trainer.step(batch);
  wall = Math.min(wall, performance.now() - begin);
}
for (const session of sessions) session.endProfiling();

const nodes: Node[] = [];
for (const file of await readdir(folder)) {
  const byName = new Map<string, Node>();
  for (const { cat, name, dur, args } of z
    .array(event)
    .parse(JSON.parse(await readFile(join(folder, file), "utf8")))) {
    if (cat !== "Node" || !name.endsWith("_kernel_time")) continue;
    const known = byName.get(name);
    byName.set(name, {
      op: String(args?.op_name),
      shapes: `${shapes(args?.input_type_shape)} -> ${shapes(args?.output_type_shape)}`,
      us: Math.min(dur, known?.us ?? dur),
      runs: (known?.runs ?? 0) + 1,
    });
  }
  // Programs of the first step alone are not what training repeats.
  nodes.push(...[...byName.values()].filter(({ runs }) => runs > 1));
}
await rm(folder, { recursive: true, force: true });
const inNodes = nodes.reduce((sum, { us }) => sum + us, 0) / 1000;
console.log(`${id}: step ${wall.toFixed(1)} ms at best, ${inNodes.toFixed(1)} in nodes at their best`);
print("by operator", nodes, ({ op }) => op, 25);
print("by shapes", nodes, (node) => `${node.op} ${node.shapes}`, Number(limit));
await engine.dispose();
