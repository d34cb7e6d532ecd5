// One file over HTTP into a `.part` file: resumes, retries, gives up on silence. Hashes nothing and renames nothing;
// what the bytes must be is checked by fetch-official.ts.
import { open, rm } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, RankbenchError } from "#harness/failure/error.ts";
import { fileSize } from "./locate.ts";
import { storageError, systemCode } from "./storage.ts";

export interface DownloadProgress {
  readonly url: string;
  /** Bytes on disk now, earlier attempts included. */
  readonly receivedBytes: number;
  /** Size of the whole file, or null when neither the source nor the server says. */
  readonly totalBytes: number | null;
  /** Bytes that were there when this attempt began. */
  readonly resumedFrom: number;
}

export interface DownloadOptions {
  readonly onProgress?: (progress: DownloadProgress) => void;
  /** Time for the server's first answer, ms. */
  readonly responseTimeoutMs?: number;
  /** Longest silence within a body, ms. */
  readonly idleTimeoutMs?: number;
  /** Attempts in a row without a new byte before giving up. */
  readonly attempts?: number;
  /** Pause before the second attempt, ms; doubles each time. */
  readonly pauseMs?: number;
}

/** `unreachable`: no server ever answered, so there is no network as far as this file is concerned. */
export type DownloadResult =
  | { readonly state: "done"; readonly bytes: number; readonly resumed: boolean }
  | { readonly state: "unreachable"; readonly detail: string };

/** A failure that another attempt may mend. */
class Transient extends Error {
  readonly answered: boolean;
  constructor(message: string, answered: boolean, cause?: unknown) {
    super(message, { cause });
    this.answered = answered;
  }
}

/** "fetch failed" hides the reason in its cause; a refused dual-stack connection hides it once more. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  const inner = cause instanceof AggregateError ? (cause.errors[0] as unknown) : cause;
  return systemCode(inner) ?? messageOf(inner);
}

function refused(url: string, status: number): RankbenchError {
  return new RankbenchError({
    reason: "data",
    thing: `download ${url}`,
    problem: "the server does not give the file",
    field: "HTTP status",
    value: status,
    wanted: "200 or 206",
    next: "put a copy in a mirror folder (RANKBENCH_MIRRORS), or set RANKBENCH_OFFLINE=1 to go on with the embedded sample",
  });
}

interface Attempt {
  readonly url: string;
  readonly part: string;
  readonly bytes: number | null;
  readonly options: Required<Omit<DownloadOptions, "onProgress">> & Pick<DownloadOptions, "onProgress">;
}

/** Size of the whole file by the answer's headers, or null. */
function totalBytes(answer: Response, offset: number): number | null {
  const range = /\/(\d+)$/.exec(answer.headers.get("content-range") ?? "")?.[1];
  if (range !== undefined) return Number(range);
  const length = answer.headers.get("content-length");
  return length === null ? null : offset + Number(length);
}

/** Asks for the rest of the file and appends it. Throws `Transient` for what may be tried again. */
async function attempt({ url, part, bytes, options }: Attempt, have: number): Promise<void> {
  const controller = new AbortController();
  const quiet = (ms: number, what: string) => setTimeout(() => controller.abort(new Error(what)), ms);
  let timer = quiet(options.responseTimeoutMs, `no answer within ${options.responseTimeoutMs} ms`);
  try {
    let answer: Response;
    try {
      // `identity`: with a content encoding, fetch would unpack the body and the bytes would not be the file's.
      const headers = { "accept-encoding": "identity", ...(have === 0 ? {} : { range: `bytes=${have}-` }) };
      answer = await fetch(url, { headers, signal: controller.signal });
    } catch (cause) {
      throw new Transient(reasonOf(cause), false, cause);
    }
    if (answer.status === 416) {
      await rm(part, { force: true });
      throw new Transient("the server refused to resume", true);
    }
    if (answer.status === 408 || answer.status === 429 || answer.status >= 500)
      throw new Transient(`HTTP status ${answer.status}`, true);
    if (!answer.ok || answer.body === null) throw refused(url, answer.status);
    // A server that ignores the range sends the whole file: start again from its first byte.
    const offset = answer.status === 206 ? have : 0;
    const total = bytes ?? totalBytes(answer, offset);
    const file = await open(part, offset === 0 ? "w" : "a").catch((cause: unknown) => {
      throw storageError("write", part, cause);
    });
    let received = offset;
    try {
      const reader = answer.body.getReader();
      for (;;) {
        clearTimeout(timer);
        timer = quiet(options.idleTimeoutMs, `no byte within ${options.idleTimeoutMs} ms`);
        const { done, value } = await reader.read().catch((cause: unknown) => {
          throw new Transient(reasonOf(cause), true, cause);
        });
        if (done) break;
        await file.appendFile(value).catch((cause: unknown) => {
          throw storageError("write", part, cause);
        });
        received += value.length;
        options.onProgress?.({ url, receivedBytes: received, totalBytes: total, resumedFrom: offset });
      }
    } finally {
      await file.close();
    }
    if (total !== null && received < total)
      throw new Transient(`the body ended after ${received} of ${total} bytes`, true);
  } finally {
    clearTimeout(timer);
    controller.abort();
  }
}

/**
 * Brings `part` to the whole file. An existing `part` is continued. Throws a `data` error when a server answers but does
 * not give the file, and a `storage` error when it cannot be written.
 */
export async function download(
  target: { readonly url: string; readonly part: string; readonly bytes?: number },
  given: DownloadOptions = {},
): Promise<DownloadResult> {
  const options = { responseTimeoutMs: 12_000, idleTimeoutMs: 30_000, attempts: 4, pauseMs: 500, ...given };
  const { url, part } = target;
  let have = (await fileSize(part)) ?? 0;
  if (target.bytes !== undefined && have > target.bytes) {
    await rm(part, { force: true });
    have = 0;
  }
  const resumed = have > 0;
  if (have > 0 && have === target.bytes) return { state: "done", bytes: have, resumed };
  let answered = false;
  /** Most bytes ever had: only going beyond them is progress, for a refused range starts the file again. */
  let most = have;
  for (let failures = 0; ; ) {
    try {
      await attempt({ url, part, bytes: target.bytes ?? null, options }, have);
      return { state: "done", bytes: (await fileSize(part)) ?? 0, resumed };
    } catch (error) {
      if (!(error instanceof Transient)) throw error;
      answered ||= error.answered;
      const now = (await fileSize(part)) ?? 0;
      failures = now > most ? 1 : failures + 1;
      most = Math.max(most, now);
      have = now;
      // Nobody there at all: one more try is enough, a missing network should not cost a minute.
      if (!answered && failures >= Math.min(2, options.attempts))
        return { state: "unreachable", detail: error.message };
      if (failures >= options.attempts) {
        throw new RankbenchError({
          reason: "data",
          thing: `download ${url}`,
          problem: `it broke off: ${error.message}`,
          field: "bytes received",
          value: have,
          ...(target.bytes === undefined ? {} : { wanted: `${target.bytes} bytes` }),
          next: "run the command again: it goes on where it stopped",
          cause: error,
        });
      }
      await sleep(options.pauseMs * 2 ** (failures - 1));
    }
  }
}
