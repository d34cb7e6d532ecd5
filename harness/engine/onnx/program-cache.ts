// Plans by the structure they belong to, with the sessions that execute them; the least recently used plan goes first.
// Knows nothing of tensors.
import type { Plan, Program } from "./plan.ts";
import { AsyncSession, type SessionSettings } from "./session.ts";
import { SyncSession } from "./sync-session.ts";

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
  private readonly settings: SessionSettings;
  private readonly maxPlans: number;
  private readonly clock: () => number;

  constructor(settings: SessionSettings, maxPlans: number, clock: () => number) {
    this.settings = settings;
    this.maxPlans = maxPlans;
    this.clock = clock;
  }

  get programsAlive(): number {
    let alive = 0;
    for (const { async, sync } of this.sessions.values()) alive += (async ? 1 : 0) + (sync ? 1 : 0);
    return alive;
  }

  /** The plan of this structure, made by `build` when it is new; the one used longest ago may be dropped for it. */
  plan(key: string, build: () => Plan): Plan {
    let plan = this.plans.get(key);
    if (plan === undefined) {
      const start = this.clock();
      plan = build();
      this.buildMs += this.clock() - start;
    } else {
      this.hits++;
      this.plans.delete(key);
    }
    this.plans.set(key, plan);
    for (const [oldKey, old] of this.plans) {
      if (this.plans.size <= this.maxPlans) break;
      this.plans.delete(oldKey);
      this.drop(old);
    }
    return plan;
  }

  async asyncSession(program: Program): Promise<AsyncSession> {
    const entry = this.entry(program);
    if (entry.async === null) {
      const start = this.clock();
      entry.async = await AsyncSession.open(program, this.settings);
      this.built(start);
    }
    return entry.async;
  }

  syncSession(program: Program): SyncSession {
    const entry = this.entry(program);
    if (entry.sync === null) {
      const start = this.clock();
      entry.sync = new SyncSession(program, this.settings);
      this.built(start);
    }
    return entry.sync;
  }

  clear(): void {
    for (const plan of this.plans.values()) this.drop(plan);
    this.plans.clear();
  }

  private entry(program: Program): Sessions {
    let entry = this.sessions.get(program);
    if (entry === undefined) {
      entry = { async: null, sync: null };
      this.sessions.set(program, entry);
    }
    return entry;
  }

  private built(start: number): void {
    this.programsBuilt++;
    this.buildMs += this.clock() - start;
  }

  private drop(plan: Plan): void {
    for (const { program } of plan.steps) {
      if (program === null) continue;
      const entry = this.sessions.get(program);
      this.sessions.delete(program);
      entry?.sync?.close();
      // Release frees native memory only; that it failed concerns no result.
      entry?.async?.close().catch(() => undefined);
    }
  }
}
