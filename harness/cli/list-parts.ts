// `bench list methods` and `bench list tasks`: what can be run, from the registries.
import { type ConfigField, describeConfig } from "#harness/method/config.ts";
import type { Method } from "#harness/method/contract.ts";
import { findMethod, listMethods } from "#harness/method/registry.ts";
import { METRICS } from "#harness/record/metrics.ts";
import { formatValue, plural } from "#harness/stats/format.ts";
import type { Task } from "#harness/task/contract.ts";
import { listTasks } from "#harness/task/registry.ts";
import type { Session } from "./session.ts";
import { leftColumns, renderTable } from "./text-table.ts";

interface MethodEntry {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  readonly fidelity: string;
  readonly families: readonly string[];
  readonly startsFrom: string;
  readonly summary: string;
  readonly paper: Method["paper"];
  readonly config: readonly ConfigField[];
  readonly presets: readonly { readonly when: unknown; readonly set: unknown; readonly source: string }[];
}

function methodEntry(method: Method): MethodEntry {
  const { id, title, kind, fidelity, families, startsFrom, summary, paper, presets } = method;
  return {
    id,
    title,
    kind,
    fidelity,
    families,
    startsFrom,
    summary,
    paper,
    config: describeConfig(method),
    presets,
  };
}

/** All methods, or those named with the fields of their configuration. */
export async function listMethodsCommand(session: Session, ids: readonly string[]): Promise<void> {
  const methods = ids.length === 0 ? await listMethods() : await Promise.all(ids.map(findMethod));
  const entries = methods.map(methodEntry);
  if (session.json) return session.document({ methods: entries });
  if (ids.length > 0) {
    for (const entry of entries) sayMethod(session, entry);
    return;
  }
  const rows = entries.map(({ id, kind, fidelity, families, title }) => [
    id,
    kind,
    fidelity,
    families.join(" "),
    title,
  ]);
  const columns = leftColumns(["method", "kind", "made from", "families", "title"]);
  for (const line of renderTable({ columns, rows, width: session.terminal.columns })) session.say(line);
  session.say();
  session.say(
    `${plural(entries.length, "method")}. Configuration of one: pnpm bench list methods --method ${entries[0]?.id ?? "ID"}`,
  );
}

function sayMethod(session: Session, entry: MethodEntry): void {
  session.say(session.styles.bold(`${entry.id}: ${entry.title}`));
  session.say(`  ${entry.summary}`);
  const from = entry.startsFrom === "dense" ? "the task's trained dense model" : "the pre-trained model";
  session.say(
    `  ${entry.kind}, made from ${entry.fidelity}, starts from ${from}; families: ${entry.families.join(", ")}`,
  );
  if (entry.paper !== null) {
    const { title, venue, year, url } = entry.paper;
    session.say(`  ${title} (${/\d{4}/.test(venue) ? venue : `${venue} ${year}`}) ${url}`);
  }
  session.say();
  const rows = entry.config.map(({ name, type, default: value, description }) => [
    `  ${name}`,
    type,
    value === undefined ? "required" : JSON.stringify(value),
    wrapText(description, Math.max(30, session.terminal.columns - 48)),
  ]);
  if (rows.length > 0) {
    for (const line of renderTable({
      columns: leftColumns(["  --set", "type", "default", "meaning"]),
      rows,
      width: 10_000,
    }))
      session.say(line);
  } else session.say("  no configuration");
  for (const preset of entry.presets) {
    session.say(`  where ${JSON.stringify(preset.when)}: ${JSON.stringify(preset.set)} (${preset.source})`);
  }
  session.say();
}

/** Text broken at spaces into lines of at most `width`. */
function wrapText(text: string, width: number): string {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/).filter((part) => part !== "")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return [...lines, line].join("\n");
}

function taskEntry(task: Task) {
  const { id, family, title, description, version, metrics, classes, outputs, floor } = task;
  const scales = Object.entries(task.scales).map(([scale, preset]) => ({
    scale,
    backbone: preset.backbone,
    trainRows: preset.trainRows,
    epochs: preset.budget.epochs,
    batchSize: preset.budget.batchSize,
    sampleOnly: preset.sampleOnly,
  }));
  return {
    id,
    family,
    title,
    description,
    version,
    metrics,
    classes,
    outputs,
    floor,
    scales,
    sources: task.sources.map((source) => source.id),
  };
}

/** All tasks. */
export async function listTasksCommand(session: Session): Promise<void> {
  const entries = (await listTasks()).map(taskEntry);
  if (session.json) return session.document({ tasks: entries });
  const rows = entries.map(({ id, version, metrics, scales, floor, title }) => [
    id,
    String(version),
    metrics[0],
    scales.map(({ scale }) => scale).join(" "),
    floor === null ? "-" : formatValue(floor.value, METRICS[metrics[0]].unit),
    title,
  ]);
  const columns = leftColumns(["task", "version", "metric", "scales", "floor", "title"]);
  for (const line of renderTable({ columns, rows, width: session.terminal.columns })) session.say(line);
  session.say();
  session.say(
    `${plural(entries.length, "task")}. Floor: score of a trivial method that a working pipeline must beat.`,
  );
}
