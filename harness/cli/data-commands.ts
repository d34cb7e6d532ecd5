// `bench data status|pull|verify`: the data of tasks by source. A source that several tasks share is told once.
import { resolveSource } from "#harness/data/resolve.ts";
import type { DataSource } from "#harness/data/source.ts";
import { type SourceStatus, sourceStatus } from "#harness/data/status.ts";
import { type Verification, verifySource } from "#harness/data/verify.ts";
import { exitCode } from "#harness/failure/exit-codes.ts";
import { formatValue, plural } from "#harness/stats/format.ts";
import { findTask, listTasks } from "#harness/task/registry.ts";
import { downloadView } from "./progress.ts";
import type { Session } from "./session.ts";
import { leftColumns, renderTable } from "./text-table.ts";

interface TaskSource {
  readonly source: DataSource;
  readonly tasks: string[];
}

async function sourcesOf(ids: readonly string[]): Promise<TaskSource[]> {
  const tasks = ids.length === 0 ? await listTasks() : await Promise.all(ids.map(findTask));
  const found = new Map<string, TaskSource>();
  for (const task of tasks) {
    for (const source of task.sources) {
      const entry = found.get(source.id) ?? { source, tasks: [] };
      if (!entry.tasks.includes(task.id)) entry.tasks.push(task.id);
      found.set(source.id, entry);
    }
  }
  return [...found.values()];
}

const bytesOf = (files: readonly { readonly bytes: number }[]): number =>
  files.reduce((sum, file) => sum + file.bytes, 0);

/** `package vega-datasets 3.2.1`, `mirror`. */
const placeOf = (place: string, from: string | null): string => (from === null ? place : `${place} ${from}`);

function describeVariant(status: SourceStatus): string {
  if (status.variant === null) return "nothing to be had";
  if (status.files.some((file) => file.damage !== null)) return `${status.variant}, damaged`;
  if (!status.needsDownload)
    return status.files.some((file) => file.part) && status.variant !== "sample"
      ? `${status.variant}, a part`
      : status.variant;
  const size = status.downloadBytes === null ? "" : ` ${formatValue(status.downloadBytes, "bytes")}`;
  return `${status.variant}, to download${size}`;
}

/** What each source would use now; no network, no big read. */
export async function dataStatus(session: Session, ids: readonly string[]): Promise<void> {
  const entries: { readonly tasks: readonly string[]; readonly status: SourceStatus }[] = [];
  for (const { source, tasks } of await sourcesOf(ids))
    entries.push({ tasks, status: await sourceStatus(source) });
  if (session.json)
    return session.document({ sources: entries.map(({ tasks, status }) => ({ ...status, tasks })) });
  const columns = leftColumns(["source", "uses", "size", "redistributable", "tasks"]);
  const rows = entries.map(({ tasks, status }) => [
    status.id,
    describeVariant(status),
    formatValue(bytesOf(status.files), "bytes"),
    status.redistributable ? "yes" : "no",
    tasks.join(" "),
  ]);
  for (const line of renderTable({ columns, rows, width: session.terminal.columns })) session.say(line);
  for (const { status } of entries) {
    session.say();
    session.say(`${session.styles.bold(status.id)}: ${status.title}`);
    session.say(`  licence: ${status.licence}; ${status.homepage}`);
    for (const file of status.files) {
      session.say(
        `  ${file.name}: ${placeOf(file.where, file.package)}${file.at === null ? "" : ` ${file.at}`}${file.damage === null ? "" : ` (${file.damage})`}`,
      );
    }
    if (status.notice !== null) session.say(`  ${session.styles.yellow(status.notice.message)}`);
  }
}

/** Gets what is missing. Ending on a sample is a failure here: real data was asked for. */
export async function dataPull(session: Session, ids: readonly string[]): Promise<void> {
  const pulled = [];
  for (const { source, tasks } of await sourcesOf(ids)) {
    const view = downloadView(session.terminal, source.id);
    const resolved = await resolveSource(source, { onProgress: view.show }).finally(view.stop);
    const { id, variant, fingerprint, notice } = resolved;
    pulled.push({ id, variant, fingerprint, notice, tasks, files: [...resolved.files.values()] });
    if (notice !== null) {
      session.exitCode = exitCode("data");
      session.say(`${id}: ${notice.message}`);
    } else
      session.say(
        `${id}: ${variant}, ${plural(resolved.files.size, "file")}, ${formatValue(bytesOf([...resolved.files.values()]), "bytes")}, checksums right`,
      );
  }
  if (session.json) session.document({ sources: pulled });
}

/** Hashes all stored copies. A damaged one ends with the exit code of `data`. */
export async function dataVerify(session: Session, ids: readonly string[]): Promise<void> {
  const checked: { readonly id: string; readonly copies: readonly Verification[] }[] = [];
  for (const { source } of await sourcesOf(ids))
    checked.push({ id: source.id, copies: await verifySource(source) });
  const damaged = checked.flatMap(({ copies }) => copies).filter((copy) => copy.state === "damaged");
  if (damaged.length > 0) session.exitCode = exitCode("data");
  if (session.json) return session.document({ sources: checked });
  for (const { id, copies } of checked) {
    if (copies.length === 0) session.say(`${id}: no copy on this machine`);
    for (const copy of copies) {
      const rows = copy.rows === null ? "" : `, ${plural(copy.rows, "row")}`;
      const state =
        copy.state === "damaged"
          ? session.styles.red(`DAMAGED: ${copy.problem ?? "wrong content"}`)
          : `${copy.state}${copy.part ? ", a part" : ""}${rows}`;
      session.say(`${id} ${copy.file} (${placeOf(copy.place, copy.package)}): ${state}`);
      if (copy.state === "damaged") {
        session.say(`  ${copy.path}`);
        session.say(`  sha256 ${copy.got ?? "cannot be unpacked"}, wanted ${copy.expected}`);
      }
    }
  }
  if (damaged.length > 0)
    session.say(`${plural(damaged.length, "damaged file")}: delete them, then pnpm bench data pull`);
}
