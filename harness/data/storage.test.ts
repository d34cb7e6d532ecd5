import { execFileSync } from "node:child_process";
import { chmod, mkdir, readdir, readFile, utimes } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { RankbenchError } from "#harness/failure/error.ts";
import { withLock } from "./lock.ts";
import { makeFolder, writeAtomically } from "./storage.ts";
import { failureOf } from "./testing/failure.ts";
import { scratchFolder } from "./testing/scratch.ts";

const scratch = scratchFolder();
const names = () => readdir(scratch.folder());
async function failure(work: Promise<unknown>): Promise<RankbenchError> {
  const error = await failureOf(work);
  expect(error.parts.reason).toBe("storage");
  return error;
}

describe("atomic writing", () => {
  test("puts the whole file in place and leaves nothing beside it", async () => {
    const path = await scratch.put("a.txt", "old");
    await writeAtomically(path, [Buffer.from("new "), Buffer.from("text")]);
    expect(await readFile(path, "utf8")).toBe("new text");
    expect(await names()).toEqual(["a.txt"]);
  });

  test("keeps the old file when the bytes end in an error or are refused", async () => {
    const path = await scratch.put("a.txt", "old");
    async function* broken() {
      yield Buffer.from("half");
      throw new Error("source broke");
    }
    await expect(writeAtomically(path, broken())).rejects.toThrow("source broke");
    const accept = () => {
      throw new Error("wrong hash");
    };
    await expect(writeAtomically(path, [Buffer.from("new")], { accept })).rejects.toThrow("wrong hash");
    expect(await readFile(path, "utf8")).toBe("old");
    expect(await names()).toEqual(["a.txt"]);
  });

  test("a path that leads through a file names the folder and the variable", async () => {
    await scratch.put("file", "x");
    const error = await failure(writeAtomically(join(scratch.folder(), "file", "a.txt"), [Buffer.from("x")]));
    expect(error.message).toContain(join(scratch.folder(), "file"));
    expect(error.message).toContain("RANKBENCH_CACHE");
    expect(
      (await failure(makeFolder(join(scratch.folder(), "file", "b"), "RANKBENCH_ROOT"))).message,
    ).toContain("RANKBENCH_ROOT");
  });

  // Permissions do not bind root.
  test.skipIf(process.getuid?.() === 0)("a folder that may not be written is a storage error", async () => {
    const folder = join(scratch.folder(), "locked");
    await mkdir(folder);
    await chmod(folder, 0o500);
    expect((await failure(writeAtomically(join(folder, "a"), [Buffer.from("x")]))).message).toContain(
      "permission denied",
    );
  });

  const canMount = (() => {
    try {
      execFileSync("unshare", ["-rm", "true"], { stdio: "ignore" });
      return process.platform === "linux";
    } catch {
      return false;
    }
  })();

  test.skipIf(!canMount)(
    "a full disk loses the new file only (skipped where no tmpfs can be mounted)",
    async () => {
      await scratch.put("disk/.keep", "");
      const script = `
      import { readFileSync, readdirSync } from "node:fs";
      import { writeAtomically } from ${JSON.stringify(new URL("./storage.ts", import.meta.url).href)};
      await writeAtomically("a", [Buffer.from("old")]);
      const error = await writeAtomically("a", [Buffer.alloc(1000000)]).catch((e) => e);
      console.log(JSON.stringify({ reason: error.parts.reason, problem: error.parts.problem, a: readFileSync("a", "utf8"), names: readdirSync(".") }));`;
      await scratch.put("try.mts", script);
      const command = 'mount -t tmpfs -o size=64k tmpfs disk && cd disk && node --import "$TSX" ../try.mts';
      const env = { ...process.env, TSX: import.meta.resolve("tsx") };
      const output = execFileSync("unshare", ["-rm", "sh", "-c", command], {
        cwd: scratch.folder(),
        env,
        encoding: "utf8",
      });
      expect(JSON.parse(output)).toEqual({
        reason: "storage",
        problem: "cannot write it: no space left on the device",
        a: "old",
        names: ["a"],
      });
    },
  );
});

describe("locks", () => {
  test("work under one lock never overlaps", async () => {
    const path = join(scratch.folder(), "x.lock");
    const log: string[] = [];
    const work = (name: string) =>
      withLock(
        path,
        async () => {
          log.push(`${name} in`);
          await new Promise((done) => setTimeout(done, 20));
          log.push(`${name} out`);
        },
        { pollMs: 3 },
      );
    await Promise.all(["a", "b", "c"].map(work));
    const order = log.filter((entry) => entry.endsWith("in")).map((entry) => entry.slice(0, 1));
    expect(log).toEqual(order.flatMap((name) => [`${name} in`, `${name} out`]));
    expect(await names()).toEqual([]);
  });

  test("the lock of a killed process is taken over, a living one is not", async () => {
    const path = await scratch.put("x.lock", "somebody else");
    const old = new Date(Date.now() - 60_000);
    await utimes(path, old, old);
    expect(await withLock(path, async () => 7, { pollMs: 3, staleMs: 30_000 })).toBe(7);
    await scratch.put("x.lock", "somebody alive");
    const waiting = withLock(path, async () => "got it", { pollMs: 3, staleMs: 30_000 });
    const first = await Promise.race([waiting, new Promise((done) => setTimeout(done, 60, "still waiting"))]);
    expect(first).toBe("still waiting");
    await utimes(path, old, old);
    expect(await waiting).toBe("got it");
  });

  test("the lock is given back when the work fails", async () => {
    const path = join(scratch.folder(), "x.lock");
    const failing = async () => {
      throw new Error("no");
    };
    await expect(withLock(path, failing)).rejects.toThrow("no");
    expect(await names()).toEqual([]);
  });
});
