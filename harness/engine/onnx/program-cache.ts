// Plans by the structure they belong to, with the sessions that execute them; the least recently used plan goes first.
// Knows nothing of tensors.
import { downloadProgram, type Plan, type Program } from "./plan.ts";
import type { ElementType } from "./proto.ts";
import { AsyncSession, engineLabel, type SessionSettings } from "./session.ts";
import { SyncSession } from "./sync-session.ts";

/** So many lookups in a row are judged together; a warning is given when more than half of them built a program. */
const WINDOW = 64;

export interface CacheOptions {
  readonly maxPlans: number;
  /** Milliseconds from any origin, for the statistics. */
  readonly clock: () => number;
  readonly warn: (message: string) => void;
}

interface Sessions {
  async: AsyncSession | null;
  sync: SyncSession | null;
}

export class ProgramCache {
  programsBuilt = 0;
  buildMs = 0;
  hits = 0;
  private readonly plans = new Map<string, Plan>();
  private readonly sessions = new Map<Program, Sessions>();
  private readonly downloads = new Map<string, Program>();
  private readonly settings: SessionSettings;
  private readonly options: CacheOptions;
  private readonly recent = { lookups: 0, misses: 0, buildMs: 0 };

  constructor(settings: SessionSettings, options: CacheOptions) {
    this.settings = settings;
    this.options = options;
  }

  get engineLabel(): string {
    return engineLabel(this.settings.provider);
  }

  get programsAlive(): number {
    let alive = 0;
    for (const { async, sync } of this.sessions.values()) alive += (async ? 1 : 0) + (sync ? 1 : 0);
    return alive;
  }

  /** The plan of this structure, made by `build` when it is new; the one used longest ago may be dropped for it. */
  plan(key: string, build: () => Plan): Plan {
    let plan = this.plans.get(key);
    this.watch(plan !== undefined);
    if (plan === undefined) {
      const start = this.options.clock();
      plan = build();
      this.buildMs += this.options.clock() - start;
    } else {
      this.hits++;
      this.plans.delete(key);
    }
    this.plans.set(key, plan);
    for (const [oldKey, old] of this.plans) {
      if (this.plans.size <= this.options.maxPlans) break;
      this.plans.delete(oldKey);
      for (const { program } of old.steps) this.drop(program);
    }
    return plan;
  }

  /** The program that copies one value of this type and shape from the device. */
  download(type: ElementType, shape: readonly number[]): Program {
    const key = `${type}[${shape}]`;
    const known = this.downloads.get(key);
    if (known !== undefined) return known;
    const program = downloadProgram(type, shape);
    this.downloads.set(key, program);
    return program;
  }

  async asyncSession(program: Program): Promise<AsyncSession> {
    const entry = this.entry(program);
    if (entry.async === null) {
      const start = this.options.clock();
      entry.async = await AsyncSession.open(program, this.settings);
      this.built(start);
    }
    return entry.async;
  }

  syncSession(program: Program): SyncSession {
    const entry = this.entry(program);
    if (entry.sync === null) {
      const start = this.options.clock();
      entry.sync = new SyncSession(program, this.settings);
      this.built(start);
    }
    return entry.sync;
  }

  clear(): void {
    for (const plan of this.plans.values()) for (const { program } of plan.steps) this.drop(program);
    for (const program of this.downloads.values()) this.drop(program);
    this.plans.clear();
    this.downloads.clear();
  }

  private entry(program: Program): Sessions {
    let entry = this.sessions.get(program);
    if (entry === undefined) {
      entry = { async: null, sync: null };
      this.sessions.set(program, entry);
    }
    return entry;
  }

  /** Warns when a run keeps building programs: each costs many times what running it does. */
  private watch(hit: boolean): void {
    const { recent } = this;
    recent.lookups++;
    if (!hit) recent.misses++;
    if (recent.lookups < WINDOW) return;
    if (recent.misses > WINDOW / 2)
      this.options.warn(
        `${this.engineLabel}: ${recent.misses} of the last ${WINDOW} steps built a new program ` +
          `(${Math.round(this.buildMs - recent.buildMs)} ms of building in all). ` +
          "Steps of equal structure and shapes share one program: pad batches to few shapes, and keep numbers that " +
          "change in tensors instead of shapes.",
      );
    this.recent.lookups = 0;
    this.recent.misses = 0;
    this.recent.buildMs = this.buildMs;
  }

  private built(start: number): void {
    this.programsBuilt++;
    this.buildMs += this.options.clock() - start;
  }

  private drop(program: Program | null): void {
    if (program === null) return;
    const entry = this.sessions.get(program);
    this.sessions.delete(program);
    entry?.sync?.close();
    // Release frees native memory only; that it failed concerns no result.
    entry?.async?.close().catch(() => undefined);
  }
}
