// From measurements to numbers and to docs/perf-engine.md. Pure: results in, text out.
import { code, table } from "../../docs/markdown.ts";
import { CONTENDERS, type Contender, type Measured, type Measurement, type Results } from "./measurement.ts";

/** All rounds of one contender on one model. */
export interface Summary {
  readonly library: string;
  /** Fastest step of all rounds, and the median of all steps of all rounds, milliseconds. */
  readonly minMs: number;
  readonly medianMs: number;
  /** Least processor time a step of any round, milliseconds. */
  readonly cpuMs: number;
  readonly firstStepMs: number;
  /** Best rate of a plain matrix product, GFLOP/s. */
  readonly gemmGflops: number;
  /** Part of a step outside the engine (recording, tfjs, uploads), milliseconds; null where not told apart. */
  readonly outsideMs: number | null;
  readonly peakBytes: number | null;
  readonly losses: readonly number[];
  readonly parameters: number;
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const [low, high] = [sorted[sorted.length % 2 === 0 ? middle - 1 : middle], sorted[middle]];
  if (low === undefined || high === undefined) throw new Error("the median of no numbers");
  return (low + high) / 2;
}

const isMeasured = (measurement: Measurement): measurement is Measured => measurement.status === "measured";

const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length;

function outside(rounds: readonly Measured[]): number | null {
  const gaps = rounds.flatMap(({ stepMs, engineMs }) => (engineMs === null ? [] : [mean(stepMs) - engineMs]));
  return gaps.length === 0 ? null : Math.min(...gaps);
}

/** Below this part of onnx's rate, PyTorch runs on a reference BLAS and a comparison would flatter onnx. */
const FAIR_GEMM = 0.5;

/** PyTorch's summary, or why it is no fair opponent here. */
function fair(contender: Summary | string, onnx: Summary | string): Summary | string {
  if (typeof contender === "string" || typeof onnx === "string") return contender;
  if (contender.gemmGflops >= FAIR_GEMM * onnx.gemmGflops) return contender;
  const [slow, fast] = [contender.gemmGflops.toFixed(0), onnx.gemmGflops.toFixed(0)];
  return `a matrix product reaches ${slow} GFLOP/s where onnx reaches ${fast}: no fast BLAS (Debian: libopenblas0-pthread)`;
}

/** The rounds put together, or the reason why there are none. */
export function summarise(rounds: readonly Measurement[]): Summary | string {
  const skipped = rounds.find((round) => round.status === "skipped");
  if (skipped?.status === "skipped") return skipped.reason;
  const measured = rounds.filter(isMeasured);
  const [first] = measured;
  if (first === undefined) return "not run";
  const steps = measured.flatMap((round) => round.stepMs);
  return {
    library: first.library,
    minMs: Math.min(...steps),
    medianMs: median(steps),
    cpuMs: Math.min(...measured.map((round) => round.cpuMs)),
    firstStepMs: Math.min(...measured.map((round) => round.firstStepMs)),
    gemmGflops: Math.max(...measured.map((round) => round.gemmGflops)),
    outsideMs: outside(measured),
    peakBytes: first.peakBytes,
    losses: first.losses,
    parameters: first.parameters,
  };
}

/** Largest relative difference of two runs' losses, or why they cannot be the same model. */
export function lossGap(a: Summary, b: Summary): number | string {
  if (a.parameters !== b.parameters) return `${a.parameters} parameters against ${b.parameters}`;
  if (a.losses.length !== b.losses.length) return `${a.losses.length} losses against ${b.losses.length}`;
  return a.losses.reduce(
    (gap, loss, i) => Math.max(gap, Math.abs(loss - (b.losses[i] ?? 0)) / Math.abs(loss)),
    0,
  );
}

/** Losses of the first steps may differ by rounding that training amplifies, not by more. */
export const SAME_MODEL = 2e-3;

export interface Comparison {
  readonly id: string;
  readonly what: string;
  readonly by: Readonly<Record<Contender, Summary | string>>;
  /** Gap of losses between onnx and pytorch. */
  readonly gap: number | string;
}

export function compare(results: Results): Comparison[] {
  return results.models.map(({ id, what, contenders }) => {
    const of = (contender: Contender) => summarise(contenders[contender] ?? []);
    const onnx = of("onnx");
    const pytorch = fair(of("pytorch"), onnx);
    const gap =
      typeof onnx === "string" ? onnx : typeof pytorch === "string" ? pytorch : lossGap(onnx, pytorch);
    const by = {
      onnx,
      pytorch,
      "pytorch-compile": fair(of("pytorch-compile"), onnx),
      "pytorch-debian": fair(of("pytorch-debian"), onnx),
      "tfjs-wasm": of("tfjs-wasm"),
    };
    return { id, what, by, gap };
  });
}

const ms = (value: number): string => value.toFixed(value < 100 ? 1 : 0);
const pair = (entry: Summary | string): string =>
  typeof entry === "string" ? "-" : `${ms(entry.minMs)} / ${ms(entry.medianMs)}`;
const ratio = (a: Summary | string, b: Summary | string, of: (entry: Summary) => number | null): string => {
  if (typeof a === "string" || typeof b === "string") return "-";
  const [over, under] = [of(a), of(b)];
  return over === null || under === null ? "-" : (over / under).toFixed(2);
};
const megabytes = (entry: Summary | string): string =>
  typeof entry === "string" || entry.peakBytes === null ? "-" : (entry.peakBytes / 1e6).toFixed(1);

function timeTable(rows: readonly Comparison[]): string {
  const titles = ["onnx", "PyTorch", "ratio of min", "ratio of medians", "ratio of CPU time", "recording"];
  const more = ["torch.compile", "Debian's PyTorch", "ratio of min", "tfjs-wasm", "wasm / onnx"];
  return table(
    [{ title: "model" }, ...[...titles, ...more].map((title) => ({ title, align: "right" as const }))],
    rows.map(({ id, by }) => {
      const { onnx, pytorch } = by;
      return [
        code(id),
        pair(onnx),
        pair(pytorch),
        `**${ratio(onnx, pytorch, (entry) => entry.minMs)}**`,
        ratio(onnx, pytorch, (entry) => entry.medianMs),
        ratio(onnx, pytorch, (entry) => entry.cpuMs),
        typeof onnx === "string" || onnx.outsideMs === null ? "-" : ms(onnx.outsideMs),
        pair(by["pytorch-compile"]),
        pair(by["pytorch-debian"]),
        ratio(onnx, by["pytorch-debian"], (entry) => entry.minMs),
        pair(by["tfjs-wasm"]),
        ratio(by["tfjs-wasm"], onnx, (entry) => entry.minMs),
      ];
    }),
  );
}

function memoryTable(rows: readonly Comparison[]): string {
  const titles = ["parameters", "onnx, MB", "PyTorch, MB", "ratio", "first step onnx, ms", "loss gap"];
  return table(
    [{ title: "model" }, ...titles.map((title) => ({ title, align: "right" as const }))],
    rows.map(({ id, by, gap }) => [
      code(id),
      typeof by.onnx === "string" ? "-" : String(by.onnx.parameters),
      megabytes(by.onnx),
      megabytes(by.pytorch),
      ratio(by.onnx, by.pytorch, (entry) => entry.peakBytes),
      typeof by.onnx === "string" ? "-" : ms(by.onnx.firstStepMs),
      typeof gap === "string" ? "-" : gap.toExponential(0),
    ]),
  );
}

/** Reasons of contenders that did not run, each once. */
function absences(rows: readonly Comparison[]): string[] {
  return CONTENDERS.flatMap((contender) => {
    const reasons = new Map<string, string[]>();
    for (const { id, by } of rows) {
      const entry = by[contender];
      if (typeof entry === "string") reasons.set(entry, [...(reasons.get(entry) ?? []), id]);
    }
    return Array.from(reasons, ([reason, ids]) => {
      const where = ids.length === rows.length ? "all models" : ids.join(", ");
      return `- ${contender}, ${where}: ${reason}`;
    });
  });
}

function libraries(rows: readonly Comparison[]): string {
  const all = rows
    .flatMap(({ by }) => Object.values(by))
    .flatMap((e) => (typeof e === "string" ? [] : [e.library]));
  return [...new Set(all)].join("; ");
}

const gemm = (rows: readonly Comparison[], contender: Contender): string => {
  const rates = rows.flatMap(({ by }) =>
    typeof by[contender] === "string" ? [] : [by[contender].gemmGflops],
  );
  return rates.length === 0 ? "-" : Math.max(...rates).toFixed(0);
};

/** The whole of docs/perf-engine.md. */
export function renderDocument(results: Results): string {
  const rows = compare(results);
  const { machine, load, rounds, budgetMs, date } = results;
  const missing = absences(rows);
  return `# Speed and memory of the engine

Made by ${code("pnpm perf engine")} from [results/perf/engine.json](../results/perf/engine.json); do not edit. One training
step is upload of the batch, forward and backward pass, Adam, and reading the loss, on one thread. Each contender runs in
a process of its own, in turn, ${rounds} round(s) of at least ${budgetMs / 1000} s after a warm-up of half that.

Run on ${date}: ${machine.cpu}, ${machine.cores} cores, ${machine.os}, Node ${machine.node}; ${libraries(rows)}.
Load average ${load[0].toFixed(1)} before and ${load[1].toFixed(1)} after: above 1 the machine had other work, which makes
medians and even minima unreliable; processor time suffers least.

## Time of a step

Minimum / median in milliseconds; a ratio below 1 means that onnx is faster than PyTorch.
Recording is the part of onnx's mean step spent outside the engine's run: tfjs, recording, uploads.
A product of 512 x 512 matrices runs at ${gemm(rows, "onnx")} GFLOP/s on onnx and ${gemm(rows, "pytorch")} on PyTorch.

${timeTable(rows)}

## Memory of a step

Peak of all tensors alive in one step, weights and optimizer state included. For onnx it is the logical in-place peak of
the recorded step; for PyTorch the peak of live storages, followed operation by operation with weak references. Neither
counts scratch memory inside an operation. The loss gap is the largest relative difference of the first five losses
between the two, which start from the same numbers: it shows that both train the same model.

${memoryTable(rows)}

## Models

${rows.map(({ id, what }) => `- ${code(id)}: ${what}`).join("\n")}
${missing.length === 0 ? "" : `\n## Not measured\n\n${missing.join("\n")}\n`}`;
}
