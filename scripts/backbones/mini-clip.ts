// Pre-trains mini-CLIP and writes tasks/models/mini-clip.safetensors (float16) with its log. Seeded, resumable: a stopped
// run goes on from its last checkpoint in WORK. Packages: install those of mini-clip-pictures.ts in FOLDER.
//   node --import tsx scripts/backbones/mini-clip.ts --packages FOLDER --work WORK [--steps 2400]
import { createHash } from "node:crypto";
import { appendFile, mkdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { parseSafetensors, type SafetensorsTensor, writeSafetensors } from "#harness/data/safetensors.ts";
import { writeAtomically } from "#harness/data/storage.ts";
import { openEngine } from "#harness/engine/open.ts";
import { tensor } from "#harness/engine/tensor.ts";
import { Param } from "#harness/nn/param.ts";
import { learningRateAt } from "#harness/optim/schedule.ts";
import { stream } from "#harness/random/stream.ts";
import { type EmojiRow, readConcepts } from "#tasks/encoding/concepts.ts";
import { freshMiniClip, MINI_CLIP, MiniClipImage, MiniClipText } from "#tasks/models/mini-clip.ts";
import { drawInto } from "./mini-clip-augment.ts";
import { captionVectors, drawCaption, keysOf } from "./mini-clip-captions.ts";
import { judge, largestGap } from "./mini-clip-judge.ts";
import { type Picture, readPictures, STYLES } from "./mini-clip-pictures.ts";
import { type Batch, freshState, pretrainStep, type Trained } from "./mini-clip-step.ts";

const { values } = parseArgs({
  options: {
    packages: { type: "string" },
    work: { type: "string" },
    steps: { type: "string", default: "2400" },
    seed: { type: "string", default: "0" },
  },
});
if (values.packages === undefined || values.work === undefined)
  throw new Error("give --packages FOLDER and --work FOLDER");
const work = resolve(values.work);
const steps = Number(values.steps);
const seed = Number(values.seed);
const RECIPE = { batch: 128, peak: 2e-3, weightDecay: 0.1, warmupShare: 0.05, startScale: 20 } as const;
const SAVE_EVERY = 100;

await mkdir(work, { recursive: true });
const log = async (line: string): Promise<void> => {
  console.log(line);
  await appendFile(join(work, "log.txt"), `${line}\n`);
};

const concepts = new URL("../../tasks/clip/emoji.concepts.tsv", import.meta.url);
const rows = await readConcepts(concepts);
const pictures = await readPictures(values.packages, rows, MINI_CLIP.pixels);
const seen = pictures.filter(({ row }) => row.use === "train");
const engine = await openEngine("onnx");
const vectors = await captionVectors(work, rows);
const keys = new Map<EmojiRow, ReadonlySet<string>>(rows.map((row) => [row, keysOf(row)]));

function makeBatch(step: number): Batch {
  const random = stream(seed, "mini-clip", "batch", String(step));
  const { batch: size } = RECIPE;
  const side = MINI_CLIP.pixels;
  const pixels = new Float32Array(size * side * side * 3);
  const texts = new Float32Array(size * MINI_CLIP.textWidth);
  const positives = new Float32Array(size * size);
  const perEpoch = Math.floor(seen.length / size);
  const epoch = stream(seed, "mini-clip", "epoch", String(Math.floor((step - 1) / perEpoch)));
  const order = epoch.permutation(seen.length);
  const from = ((step - 1) % perEpoch) * size;
  const drawn: Picture[] = [...order.slice(from, from + size)].flatMap((at) => seen.slice(at, at + 1));
  for (const [at, picture] of drawn.entries()) {
    drawInto(pixels, at * side * side * 3, picture, side, random);
    const caption = drawCaption(picture.row, random);
    const vector = vectors.get(caption.text);
    if (vector === undefined) throw new Error(`no vector for "${caption.text}"`);
    texts.set(vector, at * MINI_CLIP.textWidth);
    const fits = drawn.map(({ row }) => keys.get(row)?.has(caption.key) === true);
    const count = fits.filter(Boolean).length;
    for (const [other, fit] of fits.entries()) if (fit) positives[at * size + other] = 1 / count;
  }
  return { pixels, vectors: texts, positives, size };
}

const fresh = freshMiniClip(stream(seed, "mini-clip", "init"));
const image = new MiniClipImage(fresh);
const text = new MiniClipText(fresh, new Float32Array(0));
const logScale = new Param("log-scale", [1], Float32Array.of(Math.log(RECIPE.startScale)), { role: "gate" });
const params = [
  ...[...image.sites, ...text.sites].flatMap((site) => site.module.params()),
  ...image.own,
  logScale,
];
const model: Trained = {
  image,
  text,
  logScale,
  params,
  states: new Map(params.map((param) => [param, freshState(param)])),
};

const checkpoint = join(work, "checkpoint.safetensors");
async function save(step: number): Promise<void> {
  const tensors = new Map<string, SafetensorsTensor>();
  for (const param of params) {
    tensors.set(param.name, { dtype: "F32", shape: param.shape, data: (await param.read()).slice() });
    for (const [name, state] of Object.entries(model.states.get(param) ?? {}))
      tensors.set(`${param.name}#${name}`, {
        dtype: "F32",
        shape: state.shape,
        data: (await state.data<"float32">()).slice(),
      });
  }
  await writeAtomically(checkpoint, [
    writeSafetensors(tensors, { step: String(step), steps: String(steps) }),
  ]);
}
async function restore(): Promise<number> {
  const bytes = await readFile(checkpoint).catch(() => null);
  if (bytes === null) return 0;
  const { tensors, metadata } = parseSafetensors(new Uint8Array(bytes), checkpoint);
  if (metadata.steps !== String(steps))
    throw new Error(`${checkpoint} is of a run of ${metadata.steps} steps`);
  for (const param of params) {
    param.load(tensors.get(param.name)?.data as Float32Array);
    const state = Object.keys(model.states.get(param) ?? {}).map((name) => {
      const stored = tensors.get(`${param.name}#${name}`);
      if (stored === undefined) throw new Error(`${checkpoint}: no ${param.name}#${name}`);
      return [name, tensor(stored.data as Float32Array, [...stored.shape])] as const;
    });
    model.states.set(param, Object.fromEntries(state));
  }
  return Number(metadata.step);
}

let step = await restore();
if (step === 0)
  await log(
    `${STYLES.map(({ name }) => `${name} ${pictures.filter(({ style }) => style === name).length}`).join(", ")}; ${seen.length} pictures of ${new Set(seen.map(({ row }) => row.name)).size} emoji train; ${steps} steps of ${RECIPE.batch}`,
  );
else await log(`goes on after step ${step}`);
let [sumLoss, count, since] = [0, 0, performance.now()];
while (step < steps) {
  step++;
  const learningRate = learningRateAt(step, {
    peak: RECIPE.peak,
    steps,
    warmupShare: RECIPE.warmupShare,
    decay: "cosine",
    floorShare: 0.02,
  });
  sumLoss += await pretrainStep(engine, model, makeBatch(step), {
    step,
    learningRate,
    weightDecay: RECIPE.weightDecay,
  });
  count++;
  if (step % SAVE_EVERY === 0 || step === steps) {
    await save(step);
    const scale = Math.exp((await logScale.read())[0] ?? 0);
    const perStep = (performance.now() - since) / count;
    await log(
      `step ${step}: loss ${(sumLoss / count).toFixed(3)}, scale ${scale.toFixed(1)}, ${perStep.toFixed(0)} ms a step`,
    );
    [sumLoss, count, since] = [0, 0, performance.now()];
  }
}

const scale = Math.min(100, Math.exp((await logScale.read())[0] ?? 0));
const tensors = new Map<string, SafetensorsTensor>();
for (const param of params)
  if (param !== logScale)
    tensors.set(param.name, { dtype: "F16", shape: param.shape, data: (await param.read()).slice() });
const digest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");
const file = writeSafetensors(tensors, {
  scale: String(scale),
  concepts: digest(await readFile(concepts)),
  seen: digest(Buffer.from([...new Set(seen.map(({ row }) => row.code))].sort().join("\n"))),
});
await writeAtomically(join(work, "mini-clip.safetensors"), [file]);
await log(`${file.length} bytes, sha256 ${digest(file)}`);
const judged = { engine, pictures, rows, vectors };
for (const line of await judge({ ...judged, image, text })) await log(line);
const halves = new Map(
  [...parseSafetensors(file, "mini-clip.safetensors").tensors].map(([name, { shape, data }]) => [
    name,
    { shape, data: data as Float32Array },
  ]),
);
const half = { image: new MiniClipImage(halves), text: new MiniClipText(halves, new Float32Array(0)) };
await log(`in float16, features differ by at most ${await largestGap(pictures, image, half.image)}:`);
for (const line of await judge({ ...judged, ...half })) await log(line);
await engine.dispose();
