// Damaged copies, wrong downloads and broken connections: an error that names them, never other data in silence.
import { readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { failureOf } from "./testing/failure.ts";
import { sha256 } from "./testing/scratch.ts";
import { dataWorkbench, dev, train, zip } from "./testing/workbench.ts";

const { cached, places, putMirror, resolve, scratch, server, single, source } = dataWorkbench();

describe("damage", () => {
  test.each(["changed", "cut off"])(
    "a %s mirror file is named with both hashes, and nothing else is used",
    async (how) => {
      await putMirror("m1", "dev.tsv", dev);
      await putMirror("m2", "train.tsv", train);
      const path = await putMirror("m1", "train.tsv", how === "changed" ? Buffer.from("other\n") : train);
      if (how === "cut off") await truncate(path, 4000);
      const error = await failureOf(resolve(source()));
      expect(error.parts.reason).toBe("data");
      expect(error.message).toContain(path);
      expect(error.parts.next).toContain("delete the file");
      if (how === "changed") {
        expect(error.message).toContain(sha256("other\n"));
        expect(error.message).toContain(sha256(train));
      }
      expect(server().requests).toEqual([]);
    },
  );

  test("one changed bit in a cached file is found", async () => {
    const path = (await resolve(source())).files.get("train.tsv")?.path ?? "";
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(500) ^ 1, 500);
    await writeFile(path, bytes);
    const error = await failureOf(resolve(source()));
    expect(error.message).toContain(path);
    expect(error.parts.wanted).toContain(sha256(train));
    expect(error.parts.value).toContain(sha256(bytes));
  });

  test("a download of the wrong content is refused and leaves nothing", async () => {
    server().files.set("/SST-2.zip", { bytes: Buffer.alloc(zip.length, 1) });
    const error = await failureOf(resolve(source()));
    expect(error.parts.reason).toBe("data");
    expect(error.message).toContain("/SST-2.zip");
    expect(error.message).toContain(sha256(zip));
    expect(await cached()).toEqual([]);
  });

  test("a wrong beginning that was kept from before is replaced by a whole download", async () => {
    server().files.set("/SST-2.zip", { bytes: zip, dropAfter: [3000, 0] });
    expect((await failureOf(resolve(source(), { attempts: 1 }))).message).toContain("broke off");
    const [part = ""] = await cached();
    expect(part).toMatch(/SST-2\.zip\.part$/);
    await writeFile(join(places().cache, "data", "glue-sst2", part), Buffer.alloc(3000));
    server().files.set("/SST-2.zip", { bytes: zip });
    expect((await resolve(source())).variant).toBe("official");
    expect(
      server()
        .requests.slice(-2)
        .map(({ range }) => range),
    ).toEqual(["bytes=3000-", undefined]);
  });

  test("a download that broke off goes on at the next call", async () => {
    server().files.set("/SST-2.zip", { bytes: zip, stallAfter: 3000 });
    await failureOf(resolve(source(), { attempts: 1, onProgress: () => server().breakConnections() }));
    server().files.set("/SST-2.zip", { bytes: zip });
    server().requests.length = 0;
    const seen: number[] = [];
    expect(
      (await resolve(source(), { onProgress: ({ resumedFrom }) => seen.push(resumedFrom) })).variant,
    ).toBe("official");
    expect(server().requests[0]?.range).toMatch(/^bytes=\d+-$/);
    expect(seen[0]).toBeGreaterThan(0);
  });

  test("an archive without the entry, no archive at all, and other content in it are refused", async () => {
    const { sha256: _, ...unrecorded } = {
      url: `${server().url}/SST-2.zip`,
      packing: { kind: "zip", entry: "SST-2/gone.tsv" } as const,
      sha256: "",
    };
    expect((await failureOf(resolve(single(unrecorded)))).message).toContain("SST-2/gone.tsv");
    server().files.set("/page.html", { bytes: Buffer.from("<!DOCTYPE html>") });
    expect(
      (await failureOf(resolve(single({ ...unrecorded, url: `${server().url}/page.html` })))).message,
    ).toContain("no whole zip archive");
    const other = await failureOf(
      resolve(single({ ...unrecorded, packing: { kind: "zip", entry: "SST-2/train.tsv" } })),
    );
    expect(other.parts.value).toContain(sha256(train));
    expect(await cached()).toEqual([]);
  });

  test("a server that refuses the file is an error, not a reason for the sample", async () => {
    server().files.delete("/SST-2.zip");
    expect((await failureOf(resolve(source()))).parts).toMatchObject({ reason: "data", value: 404 });
  });

  test("a cache that cannot be written is a storage error that names folder and variable", async () => {
    const file = await scratch.put("file", "x");
    const error = await failureOf(resolve(source(), { places: { ...places(), cache: join(file, "cache") } }));
    expect(error.parts.reason).toBe("storage");
    expect(error.message).toContain(join(file, "cache"));
    expect(error.message).toContain("RANKBENCH_CACHE");
  });
});
