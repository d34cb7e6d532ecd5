// Which spec this machine is for a run's settings.
import type { EngineName } from "#harness/engine/engine.ts";
import { observeMachine } from "./machine.ts";
import { matchSpec, providerOf } from "./spec.ts";

/** Id of the spec that this machine is with so many threads of an engine, or this machine's own name for it. */
export const specHere = (engine: EngineName, threads: number): string =>
  matchSpec({ machine: observeMachine(), provider: providerOf(engine), threads }).spec;
