// `bench engines`: each engine tried in a process of its own; what it found, or what stands in its way and what to install.
import { type EngineProbe, probeEngines } from "#harness/engine/probe.ts";
import { workerEnvironment } from "#harness/run/worker-env.ts";
import { plural } from "#harness/stats/format.ts";
import type { Session } from "./session.ts";

const NAME_WIDTH = 14;
const STATE_WIDTH = 9;

/** The lines on one engine. */
export function probeLines(probe: EngineProbe): string[] {
  const [first, ...more] = probe.works
    ? [
        Object.entries(probe.facts.versions)
          .map(([name, version]) => `${name} ${version}`)
          .join(", "),
        `device: ${probe.device}`,
        `provider ${probe.facts.provider}, ${plural(probe.facts.threads, "thread")}, optimisation ${probe.facts.optimisation}`,
      ]
    : [...probe.reason.split("\n"), ...(probe.install === "" ? [] : [`install: ${probe.install}`])];
  const state = probe.works ? "works" : "missing";
  const indent = " ".repeat(NAME_WIDTH + STATE_WIDTH);
  return [
    `${probe.name.padEnd(NAME_WIDTH)}${state.padEnd(STATE_WIDTH)}${first ?? ""}`,
    ...more.map((line) => `${indent}${line}`),
  ];
}

export async function listEngines(session: Session): Promise<void> {
  const probes = await probeEngines(undefined, {
    environment: workerEnvironment(process.env),
    onProbe: (probe) => {
      if (!session.json) for (const line of probeLines(probe)) session.say(line);
    },
  });
  if (session.json) session.document({ engines: probes });
}
