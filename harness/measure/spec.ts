// The machines that boards are measured on, as data, and which of them this one is. A machine that is none of them may
// run everything; its runs form a cohort of their own.
import type { EngineName } from "#harness/engine/engine.ts";
import { hashOf } from "#harness/record/identity.ts";
import type { Machine } from "./machine.ts";

const GIB = 2 ** 30;

/** What executes tensors. */
export type Provider = "cpu" | "webgpu" | "cuda";

const PROVIDERS: Readonly<Record<EngineName, Provider>> = {
  onnx: "cpu",
  "onnx-webgpu": "webgpu",
  "onnx-cuda": "cuda",
  "tfjs-cpu": "cpu",
  "tfjs-wasm": "cpu",
  "tfjs-node": "cpu",
  "tfjs-node-gpu": "cuda",
};

/** What an engine of that name computes on. */
export const providerOf = (engine: EngineName): Provider => PROVIDERS[engine];

/** A machine with the settings of a run: all that decides which spec it is. */
export interface Observed {
  readonly machine: Machine;
  readonly provider: Provider;
  /** Threads inside one operation of the engine. */
  readonly threads: number;
}

/** One thing that must hold. */
interface Requirement {
  readonly field: string;
  readonly wanted: string;
  got(observed: Observed): string | number | boolean | null;
  holds(observed: Observed): boolean;
}

/** What a batch system must give a job so that it sees a machine of the spec; null where that does not matter. */
export interface SpecResources {
  readonly cpus: number | null;
  readonly memoryMiB: number | null;
  /** Generic resource in SLURM's words. */
  readonly gres: string | null;
}

export interface Spec {
  readonly id: string;
  readonly title: string;
  readonly resources: SpecResources;
  readonly requirements: readonly Requirement[];
}

function equal<T extends string | number | boolean>(
  field: string,
  wanted: T,
  of: (observed: Observed) => T | null,
): Requirement {
  return { field, wanted: String(wanted), got: of, holds: (observed) => of(observed) === wanted };
}

const LINUX_X64: readonly Requirement[] = [
  equal("platform", "linux", ({ machine }) => machine.platform),
  equal("architecture", "x64", ({ machine }) => machine.arch),
];

const memoryAtLeast = (gibibytes: number): Requirement => ({
  field: "memory",
  // A machine sold with so much shows a little less: firmware and kernel keep some.
  wanted: `at least ${gibibytes} GiB, less 5 %`,
  got: ({ machine }) => `${(machine.memoryBytes / GIB).toFixed(1)} GiB`,
  holds: ({ machine }) => machine.memoryBytes >= 0.95 * gibibytes * GIB,
});

const gpuNamed = (name: string): readonly Requirement[] => [
  {
    field: "gpu",
    wanted: `NVIDIA ${name}`,
    got: ({ machine }) => machine.gpu,
    holds: ({ machine }) => machine.gpu?.split(/[^A-Za-z0-9]+/).includes(name) === true,
  },
  {
    field: "engine provider",
    wanted: "cuda or webgpu",
    got: ({ provider }) => provider,
    holds: ({ provider }) => provider !== "cpu",
  },
];

export const SPECS: readonly Spec[] = [
  {
    id: "cpu-2core",
    title: "Two logical x64 cores with AVX2, 8 GiB, one engine thread",
    resources: { cpus: 2, memoryMiB: 8192, gres: null },
    requirements: [
      ...LINUX_X64,
      equal("logical cores", 2, ({ machine }) => machine.cores),
      equal("avx2", true, ({ machine }) => machine.avx2),
      memoryAtLeast(8),
      equal("engine provider", "cpu", ({ provider }) => provider),
      equal("engine threads", 1, ({ threads }) => threads),
    ],
  },
  {
    id: "h100",
    title: "One NVIDIA H100",
    resources: { cpus: null, memoryMiB: null, gres: "gpu:h100:1" },
    requirements: [...LINUX_X64, ...gpuNamed("H100")],
  },
  {
    id: "t4",
    title: "One NVIDIA T4",
    resources: { cpus: null, memoryMiB: null, gres: "gpu:t4:1" },
    requirements: [...LINUX_X64, ...gpuNamed("T4")],
  },
];

/** Why an observed machine is not a spec. */
export interface Mismatch {
  readonly spec: string;
  readonly field: string;
  readonly got: string | number | boolean | null;
  readonly wanted: string;
}

export interface SpecMatch {
  /** A spec's id, or `local-<8 hexadecimal digits>` of what matters of this machine. */
  readonly spec: string;
  /** Whether `spec` is one of SPECS: only such runs stand on the boards. */
  readonly ranked: boolean;
  /** What kept it from every spec; empty when it is one. */
  readonly mismatches: readonly Mismatch[];
}

function mismatchesWith(spec: Spec, observed: Observed): Mismatch[] {
  return spec.requirements
    .filter((requirement) => !requirement.holds(observed))
    .map(({ field, wanted, got }) => ({ spec: spec.id, field, got: got(observed), wanted }));
}

/** What keeps a machine from being the spec of that id; empty when it is, and for an id that is no spec's. */
export function lacksOf(id: string, observed: Observed): readonly Mismatch[] {
  const spec = SPECS.find((each) => each.id === id);
  return spec === undefined ? [] : mismatchesWith(spec, observed);
}

/** What makes two machines of no spec different: processor, cores, memory in whole GiB, card, and the run's settings. */
function localName({ machine, provider, threads }: Observed): string {
  const { cpu, cores, platform, arch, gpu } = machine;
  const memoryGiB = Math.round(machine.memoryBytes / GIB);
  return `local-${hashOf({ cpu, cores, platform, arch, gpu, memoryGiB, provider, threads }).slice(0, 8)}`;
}

/** The first spec that the machine and the settings are, or a name of their own. */
export function matchSpec(observed: Observed): SpecMatch {
  const mismatches: Mismatch[] = [];
  for (const spec of SPECS) {
    const found = mismatchesWith(spec, observed);
    if (found.length === 0) return { spec: spec.id, ranked: true, mismatches: [] };
    mismatches.push(...found);
  }
  return { spec: localName(observed), ranked: false, mismatches };
}
