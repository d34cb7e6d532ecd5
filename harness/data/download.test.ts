import { readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type DownloadOptions, type DownloadProgress, download } from "./download.ts";
import { failureOf } from "./testing/failure.ts";
import { deadUrl, type FileServer, startFileServer } from "./testing/file-server.ts";
import { scratchFolder } from "./testing/scratch.ts";

const body = Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * 7919) % 251));
const quick: DownloadOptions = { attempts: 3, pauseMs: 1, responseTimeoutMs: 5000, idleTimeoutMs: 5000 };
const scratch = scratchFolder();
let server: FileServer;
beforeAll(async () => {
  server = await startFileServer();
});
afterAll(() => server.close());
beforeEach(() => {
  server.files.clear();
  server.requests.length = 0;
});

const target = () => ({ url: `${server.url}/x.bin`, part: join(scratch.folder(), "x.part") });
const isWhole = async () => body.equals(await readFile(target().part));
const ranges = () => server.requests.map(({ range }) => range);

test("brings the whole file and reports bytes out of the total on the way", async () => {
  server.files.set("/x.bin", { bytes: body });
  const seen: DownloadProgress[] = [];
  const result = await download(target(), { ...quick, onProgress: (progress) => seen.push(progress) });
  expect(result).toEqual({ state: "done", bytes: body.length, resumed: false });
  expect(await isWhole()).toBe(true);
  expect(seen.at(-1)).toEqual({
    url: target().url,
    receivedBytes: body.length,
    totalBytes: body.length,
    resumedFrom: 0,
  });
  const received = seen.map(({ receivedBytes }) => receivedBytes);
  expect(received).toEqual([...received].sort((a, b) => a - b));
});

test("goes on with an unfinished file where it stopped", async () => {
  server.files.set("/x.bin", { bytes: body });
  await scratch.put("x.part", body.subarray(0, 100_000));
  expect(await download(target(), quick)).toEqual({ state: "done", bytes: body.length, resumed: true });
  expect(ranges()).toEqual(["bytes=100000-"]);
  expect(await isWhole()).toBe(true);
});

test("a connection that breaks is taken up again within one call", async () => {
  server.files.set("/x.bin", { bytes: body, dropAfter: [120_000, 50_000] });
  expect((await download(target(), quick)).state).toBe("done");
  expect(await isWhole()).toBe(true);
  expect(server.requests).toHaveLength(3);
  expect(ranges()[0]).toBeUndefined();
  expect(ranges()[2]).toMatch(/^bytes=\d+-$/);
});

test("a server without ranges sends the file from its first byte", async () => {
  server.files.set("/x.bin", { bytes: body, ranges: false });
  await scratch.put("x.part", "something else entirely");
  await download(target(), quick);
  expect(await isWhole()).toBe(true);
});

test("an unfinished file that is longer than the real one is thrown away", async () => {
  server.files.set("/x.bin", { bytes: body });
  await scratch.put("x.part", Buffer.alloc(body.length + 5));
  await download({ ...target(), bytes: body.length }, quick);
  expect(ranges()).toEqual([undefined]);
  expect(await isWhole()).toBe(true);
});

test("a range that the server refuses starts the file again", async () => {
  server.files.set("/x.bin", { bytes: body });
  await scratch.put("x.part", Buffer.alloc(body.length + 5));
  await download(target(), quick);
  expect(await isWhole()).toBe(true);
});

test("a file that is complete already asks no server", async () => {
  await scratch.put("x.part", body);
  expect(await download({ ...target(), bytes: body.length }, quick)).toEqual({
    state: "done",
    bytes: body.length,
    resumed: true,
  });
  expect(server.requests).toEqual([]);
});

test("a body that ends early without notice is completed when the size is known", async () => {
  server.files.set("/x.bin", { bytes: body.subarray(0, 1000), noLength: true });
  const error = await failureOf(download({ ...target(), bytes: body.length }, quick));
  expect(error.parts).toMatchObject({ reason: "data", field: "bytes received", value: 1000 });
  server.files.set("/x.bin", { bytes: body });
  await download({ ...target(), bytes: body.length }, quick);
  expect(ranges().at(-1)).toBe("bytes=1000-");
  expect(await isWhole()).toBe(true);
});

test("a server that falls silent is given up, and what came stays for the next call", async () => {
  server.files.set("/x.bin", { bytes: body, stallAfter: 5000, ranges: false });
  const error = await failureOf(download(target(), { ...quick, attempts: 2, idleTimeoutMs: 80 }));
  expect(error.parts.reason).toBe("data");
  expect(error.message).toContain("no byte within 80 ms");
  expect(error.message).toContain("goes on where it stopped");
  const kept = await readFile(target().part);
  expect(kept.equals(body.subarray(0, kept.length))).toBe(true);
});

test("a busy server is asked again, a refusal is final", async () => {
  server.files.set("/x.bin", { bytes: body, statuses: [503, 429] });
  expect((await download(target(), quick)).state).toBe("done");
  const error = await failureOf(download({ ...target(), url: `${server.url}/none.bin` }, quick));
  expect(error.parts).toMatchObject({ reason: "data", field: "HTTP status", value: 404 });
  expect(error.message).toContain("/none.bin");
  expect(error.message).toContain("RANKBENCH_MIRRORS");
});

test("nobody listening is `unreachable`, not an error", async () => {
  const result = await download({ ...target(), url: `${await deadUrl()}/x.bin` }, quick);
  expect(result).toEqual({ state: "unreachable", detail: "ECONNREFUSED" });
});

test("a host name that does not exist is `unreachable`", async () => {
  const result = await download(
    { ...target(), url: "http://rankbench.invalid/x.bin" },
    { ...quick, responseTimeoutMs: 1500 },
  );
  expect(result.state).toBe("unreachable");
});

test.skipIf(process.platform !== "linux")(
  "a full disk is a storage error that names the folder and RANKBENCH_CACHE",
  async () => {
    server.files.set("/x.bin", { bytes: body });
    await symlink("/dev/full", target().part);
    const error = await failureOf(download(target(), quick));
    expect(error.parts.reason).toBe("storage");
    expect(error.message).toContain("no space left");
    expect(error.message).toContain(scratch.folder());
    expect(error.message).toContain("RANKBENCH_CACHE");
  },
);
