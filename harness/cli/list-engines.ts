// `bench engines`: each engine opened and closed again, and what stands in the way of those that do not open.
import { ENGINE_NAMES, type EngineFacts } from "#harness/engine/engine.ts";
import { openEngine } from "#harness/engine/open.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import type { Session } from "./session.ts";

type Probe =
  | { readonly name: string; readonly works: true; readonly facts: EngineFacts }
  | { readonly name: string; readonly works: false; readonly reason: string };

async function probe(name: string): Promise<Probe> {
  try {
    const engine = await openEngine(name);
    const facts = engine.facts();
    await engine.dispose();
    return { name, works: true, facts };
  } catch (error) {
    if (!(error instanceof RankbenchError)) throw error;
    return { name, works: false, reason: error.message };
  }
}

export async function listEngines(session: Session): Promise<void> {
  const probes: Probe[] = [];
  for (const name of ENGINE_NAMES) probes.push(await probe(name));
  if (session.json) return session.document({ engines: probes });
  for (const each of probes) {
    if (each.works) {
      const { versions, provider, threads } = each.facts;
      const parts = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
      session.say(
        `${each.name.padEnd(14)} works    ${[...parts, provider, `${threads} thread${threads === 1 ? "" : "s"}`].join(", ")}`,
      );
    } else
      session.say(`${each.name.padEnd(14)} missing  ${each.reason.replaceAll("\n", `\n${" ".repeat(24)}`)}`);
  }
}
