// What the measurements of the harness itself leave: results/perf/harness.json, one section each, and the page made of it.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { projectRoot } from "#harness/data/folders.ts";
import { systemName } from "#harness/measure/environment.ts";
import { observeMachine, readOptional } from "#harness/measure/machine.ts";
import { renderHarness } from "./report.ts";

const section = <T extends z.ZodRawShape>(shape: T) =>
  z.strictObject({
    /** Day of the measurement, ISO. */
    date: z.string(),
    machine: z.strictObject({ cpu: z.string(), cores: z.number(), node: z.string(), os: z.string() }),
    /** Load average over one minute when it ended: above what the measurement itself makes, the machine had other work. */
    load: z.number(),
    ...shape,
  });

export const harnessSchema = z.strictObject({
  overhead: section({
    steps: z.array(
      z.strictObject({
        method: z.string(),
        captured: z.boolean(),
        /** Medians over the steps after the warm-up, milliseconds. */
        stepMs: z.number(),
        outsideMs: z.number(),
      }),
    ),
    runs: z.array(
      z.strictObject({
        method: z.string(),
        runs: z.number().int().positive(),
        /** Medians over stored runs, from the start of the worker to the record; seconds. */
        seconds: z.number(),
        outsideSeconds: z.number(),
      }),
    ),
  }).optional(),
  plan: section({
    cells: z.number(),
    groups: z.number(),
    done: z.number(),
    minSeconds: z.number(),
    medianSeconds: z.number(),
    cpuSeconds: z.number(),
  }).optional(),
  store: section({
    files: z.number(),
    seconds: z.number(),
    cpuSeconds: z.number(),
    bytesBefore: z.number(),
    bytesPeak: z.number(),
    againMs: z.number(),
    runs: z.number(),
    queries: z.array(
      z.strictObject({
        name: z.string(),
        rows: z.number(),
        minMs: z.number(),
        medianMs: z.number(),
        cpuMs: z.number(),
      }),
    ),
  }).optional(),
});
export type HarnessResults = z.infer<typeof harnessSchema>;
type Section = keyof HarnessResults;
type Common = "date" | "machine" | "load";

const FILE = join(projectRoot(), "results", "perf", "harness.json");
const DOCUMENT = join(projectRoot(), "docs", "perf-harness.md");

/** Puts one section into the file and makes the page anew. */
export function keep<S extends Section>(name: S, values: Omit<NonNullable<HarnessResults[S]>, Common>): void {
  const before = existsSync(FILE) ? harnessSchema.parse(JSON.parse(readFileSync(FILE, "utf8"))) : {};
  const { cpu, cores } = observeMachine();
  const common = {
    date: new Date().toISOString().slice(0, 10),
    machine: { cpu, cores, node: process.version, os: systemName(readOptional("/etc/os-release")) },
    load: loadavg()[0] ?? 0,
  };
  const results = harnessSchema.parse({ ...before, [name]: { ...common, ...values } });
  writeFileSync(FILE, `${JSON.stringify(results, null, 2)}\n`);
  writeFileSync(DOCUMENT, renderHarness(results));
}
