import { existsSync } from "node:fs";
import { readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { RankbenchError } from "#harness/failure/error.ts";
import { readBytes } from "./content.ts";
import { mirrorFolders } from "./folders.ts";
import { cachePath, type Places } from "./locate.ts";
import { type ResolveOptions, resolveSource } from "./resolve.ts";
import type { DataSource, ResolvedSource, SourceFile } from "./source.ts";
import { sourceStatus } from "./status.ts";
import { deadUrl, type FileServer, startFileServer } from "./testing/file-server.ts";
import { scratchFolder, sha256 } from "./testing/scratch.ts";
import { verifySource } from "./verify.ts";

const train = Buffer.from(
  `sentence\tlabel\n${Array.from({ length: 3000 }, (_, i) => `film ${i} is "fine\t${i % 2}\n`).join("")}`,
);
const dev = Buffer.from("sentence\tlabel\ngood\t1\nbad\t0\n");
const zip = Buffer.from(
  zipSync({ "SST-2/train.tsv": train, "SST-2/dev.tsv": dev, "SST-2/original/README.txt": dev }),
);
const partial = Buffer.from("sentence\tlabel\ngood\t1\n");

const content = (bytes: Uint8Array) => ({ sha256: sha256(bytes), bytes: bytes.length });
const scratch = scratchFolder();
let server: FileServer;
let places: Places;
beforeAll(async () => {
  server = await startFileServer();
});
afterAll(() => server.close());
beforeEach(async () => {
  server.files.clear();
  server.requests.length = 0;
  server.files.set("/SST-2.zip", { bytes: zip });
  places = {
    cache: join(scratch.folder(), "cache"),
    mirrors: [join(scratch.folder(), "m1"), join(scratch.folder(), "m2")],
    offline: false,
  };
  await scratch.put("sample.tsv", "split\tlabel\tsentence\ntrain\t1\tnice\n");
});

/** Shaped like SST-2: one official zip of two files, gzipped mirror copies, a sample. */
function source(base = server.url, change: Partial<DataSource> = {}): DataSource {
  const file = (name: string, bytes: Uint8Array, rows: number): SourceFile => ({
    name,
    ...content(bytes),
    rows,
    official: { url: `${base}/SST-2.zip`, packing: { kind: "zip", entry: `SST-2/${name}` }, ...content(zip) },
    mirror: { path: `glue/SST-2/${name}.gz`, packing: "gzip", ...content(gzipSync(bytes)) },
  });
  return {
    id: "glue-sst2",
    title: "SST-2",
    licence: "none stated",
    redistributable: false,
    citation: "Socher et al. 2013",
    homepage: "https://nlp.stanford.edu/sentiment/",
    files: [file("train.tsv", train, 3000), file("dev.tsv", dev, 2)],
    sample: { licence: "MIT", files: { "sample.tsv": pathToFileURL(join(scratch.folder(), "sample.tsv")) } },
    ...change,
  };
}
/** A source of one file at its own address. */
const single = (official: SourceFile["official"], bytes: Uint8Array = dev): DataSource =>
  source(server.url, {
    files: [{ name: "dev.tsv", ...content(bytes), ...(official === undefined ? {} : { official }) }],
  });

const resolve = (from: DataSource, options: ResolveOptions = {}) =>
  resolveSource(from, {
    places,
    attempts: 2,
    pauseMs: 1,
    responseTimeoutMs: 500,
    idleTimeoutMs: 500,
    ...options,
  });
const text = async (resolved: ResolvedSource, name: string) => {
  const file = resolved.files.get(name);
  return file === undefined ? undefined : Buffer.from(await readBytes(file));
};
async function failure(work: Promise<unknown>): Promise<RankbenchError> {
  const error = await work.then(
    () => undefined,
    (caught: unknown) => caught,
  );
  if (!(error instanceof RankbenchError)) throw new Error(`expected a RankbenchError, got ${String(error)}`);
  return error;
}
const cached = async () => {
  const folder = join(places.cache, "data", "glue-sst2");
  return existsSync(folder) ? (await readdir(folder)).sort() : [];
};
const putMirror = (folder: string, name: string, bytes: Uint8Array) =>
  scratch.put(`${folder}/glue/SST-2/${name}.gz`, gzipSync(bytes));

describe("order", () => {
  test("official files are downloaded once for all entries of an archive, checked, unpacked and cached", async () => {
    const resolved = await resolve(source());
    expect(resolved).toMatchObject({ id: "glue-sst2", variant: "official", notice: null });
    expect((await text(resolved, "train.tsv"))?.equals(train)).toBe(true);
    expect((await text(resolved, "dev.tsv"))?.equals(dev)).toBe(true);
    expect(server.requests).toHaveLength(1);
    expect(await cached()).toEqual(
      [`${sha256(dev).slice(0, 12)}-dev.tsv`, `${sha256(train).slice(0, 12)}-train.tsv`].sort(),
    );
    expect(await resolve(source())).toEqual(resolved);
    expect(server.requests).toHaveLength(1);
  });

  test("a whole mirror is used before the network and is the same data", async () => {
    const official = await resolve(source());
    await rm(places.cache, { recursive: true });
    await putMirror("m2", "train.tsv", train);
    await putMirror("m2", "dev.tsv", dev);
    const mirrored = await resolve(source());
    expect(mirrored.variant).toBe("mirror");
    expect(mirrored.fingerprint).toBe(official.fingerprint);
    expect((await text(mirrored, "train.tsv"))?.equals(train)).toBe(true);
    expect(server.requests).toHaveLength(1);
    expect(await cached()).toEqual([]);
  });

  test("the cache comes before mirrors, and the first mirror before the second", async () => {
    await putMirror("m2", "train.tsv", train);
    await putMirror("m1", "train.tsv", train);
    await putMirror("m2", "dev.tsv", dev);
    const resolved = await resolve(source());
    expect(resolved.files.get("train.tsv")?.path).toContain(`${scratch.folder()}/m1/`);
    expect(resolved.files.get("dev.tsv")?.path).toContain(`${scratch.folder()}/m2/`);
    const file = source().files[1] as SourceFile;
    await scratch.put(`cache/data/glue-sst2/${cachePath(source(), file, places).split("/").pop()}`, dev);
    expect((await resolve(source())).files.get("dev.tsv")).toMatchObject({
      variant: "official",
      packing: "none",
    });
  });

  test("what a mirror lacks is downloaded", async () => {
    await putMirror("m1", "train.tsv", train);
    const resolved = await resolve(source());
    expect([...resolved.files.values()].map(({ name, variant }) => [name, variant])).toEqual([
      ["train.tsv", "mirror"],
      ["dev.tsv", "official"],
    ]);
    expect(resolved.variant).toBe("mirror");
  });

  test("a mirror's part has a fingerprint of its own and says that it is a part", async () => {
    const [trainFile, devFile] = source().files as [SourceFile, SourceFile];
    const part = {
      ...trainFile,
      mirror: { path: "part.tsv", packing: "none" as const, content: { ...content(partial), rows: 1 } },
    };
    const from = source(server.url, { files: [part, devFile] });
    const whole = await resolve(from);
    await scratch.put("m1/part.tsv", partial);
    await rm(places.cache, { recursive: true });
    const resolved = await resolve(from);
    expect(resolved.files.get("train.tsv")).toMatchObject({ part: true, rows: 1, sha256: sha256(partial) });
    expect(resolved.files.get("dev.tsv")).toMatchObject({ part: false });
    expect(resolved.fingerprint).not.toBe(whole.fingerprint);
    await scratch.put("m1/part.tsv", dev);
    expect((await failure(resolve(from))).parts.reason).toBe("data");
  });

  test("gzip and plain downloads are unpacked too", async () => {
    server.files.set("/dev.tsv.gz", { bytes: gzipSync(dev) });
    server.files.set("/dev.tsv", { bytes: dev });
    for (const [path, kind] of [
      ["/dev.tsv.gz", "gzip"],
      ["/dev.tsv", "none"],
    ] as const) {
      const resolved = await resolve(single({ url: `${server.url}${path}`, packing: { kind } }));
      expect((await text(resolved, "dev.tsv"))?.equals(dev)).toBe(true);
      await rm(places.cache, { recursive: true });
    }
  });
});

describe("without data", () => {
  test("no network gives the sample with a notice", async () => {
    const resolved = await resolve(source(await deadUrl()));
    expect(resolved.variant).toBe("sample");
    expect(resolved.fingerprint).toMatch(/^sample-[0-9a-f]{12}$/);
    expect(resolved.notice).toMatchObject({ kind: "sample", source: "glue-sst2", reason: "unreachable" });
    expect(resolved.notice?.message).toContain("never ranked");
    expect([...resolved.files.keys()]).toEqual(["sample.tsv"]);
  });

  test("offline asks nobody and a worker does not download", async () => {
    expect((await resolve(source(), { places: { ...places, offline: true } })).notice?.reason).toBe(
      "offline",
    );
    expect((await resolve(source(), { download: false })).variant).toBe("sample");
    expect(server.requests).toEqual([]);
  });

  test("the sample can be asked for although real data is there", async () => {
    await putMirror("m1", "train.tsv", train);
    await putMirror("m1", "dev.tsv", dev);
    expect((await resolve(source(), { sampleOnly: true })).notice?.reason).toBe("requested");
  });

  test("a file that nobody offers gives the sample before anything is downloaded", async () => {
    const orphan: SourceFile = { name: "extra.tsv", ...content(partial) };
    const resolved = await resolve(source(server.url, { files: [...source().files, orphan] }));
    expect(resolved.notice).toMatchObject({ reason: "no-source" });
    expect(resolved.notice?.message).toContain("extra.tsv");
    expect(server.requests).toEqual([]);
  });

  test("a source without sample says what is missing and how to get it", async () => {
    const { sample: _, ...bare } = source(await deadUrl());
    const error = await failure(resolve(bare));
    expect(error.parts.reason).toBe("data");
    expect(error.message).toContain("train.tsv, dev.tsv");
    expect(error.message).toContain("RANKBENCH_MIRRORS");
  });
});

describe("damage", () => {
  test.each(["changed", "cut off"])(
    "a %s mirror file is named with both hashes, and nothing else is used",
    async (how) => {
      await putMirror("m1", "dev.tsv", dev);
      await putMirror("m2", "train.tsv", train);
      const path = await putMirror("m1", "train.tsv", how === "changed" ? Buffer.from("other\n") : train);
      if (how === "cut off") await truncate(path, 4000);
      const error = await failure(resolve(source()));
      expect(error.parts.reason).toBe("data");
      expect(error.message).toContain(path);
      expect(error.parts.next).toContain("delete the file");
      if (how === "changed") {
        expect(error.message).toContain(sha256("other\n"));
        expect(error.message).toContain(sha256(train));
      }
      expect(server.requests).toEqual([]);
    },
  );

  test("one changed bit in a cached file is found", async () => {
    const path = (await resolve(source())).files.get("train.tsv")?.path ?? "";
    const bytes = await readFile(path);
    bytes.writeUInt8(bytes.readUInt8(500) ^ 1, 500);
    await writeFile(path, bytes);
    const error = await failure(resolve(source()));
    expect(error.message).toContain(path);
    expect(error.parts.wanted).toContain(sha256(train));
    expect(error.parts.value).toContain(sha256(bytes));
  });

  test("a download of the wrong content is refused and leaves nothing", async () => {
    server.files.set("/SST-2.zip", { bytes: Buffer.alloc(zip.length, 1) });
    const error = await failure(resolve(source()));
    expect(error.parts.reason).toBe("data");
    expect(error.message).toContain("/SST-2.zip");
    expect(error.message).toContain(sha256(zip));
    expect(await cached()).toEqual([]);
  });

  test("a wrong beginning that was kept from before is replaced by a whole download", async () => {
    server.files.set("/SST-2.zip", { bytes: zip, dropAfter: [3000, 0] });
    expect((await failure(resolve(source(), { attempts: 1 }))).message).toContain("broke off");
    const [part = ""] = await cached();
    expect(part).toMatch(/SST-2\.zip\.part$/);
    await writeFile(join(places.cache, "data", "glue-sst2", part), Buffer.alloc(3000));
    server.files.set("/SST-2.zip", { bytes: zip });
    expect((await resolve(source())).variant).toBe("official");
    expect(server.requests.slice(-2).map(({ range }) => range)).toEqual(["bytes=3000-", undefined]);
  });

  test("a download that broke off goes on at the next call", async () => {
    server.files.set("/SST-2.zip", { bytes: zip, dropAfter: [3000] });
    await failure(resolve(source(), { attempts: 1 }));
    server.requests.length = 0;
    const seen: number[] = [];
    expect(
      (await resolve(source(), { onProgress: ({ resumedFrom }) => seen.push(resumedFrom) })).variant,
    ).toBe("official");
    expect(server.requests[0]?.range).toMatch(/^bytes=\d+-$/);
    expect(seen[0]).toBeGreaterThan(0);
  });

  test("an archive without the entry, no archive at all, and other content in it are refused", async () => {
    const { sha256: _, ...unrecorded } = {
      url: `${server.url}/SST-2.zip`,
      packing: { kind: "zip", entry: "SST-2/gone.tsv" } as const,
      sha256: "",
    };
    expect((await failure(resolve(single(unrecorded)))).message).toContain("SST-2/gone.tsv");
    server.files.set("/page.html", { bytes: Buffer.from("<!DOCTYPE html>") });
    expect(
      (await failure(resolve(single({ ...unrecorded, url: `${server.url}/page.html` })))).message,
    ).toContain("no whole zip archive");
    const other = await failure(
      resolve(single({ ...unrecorded, packing: { kind: "zip", entry: "SST-2/train.tsv" } })),
    );
    expect(other.parts.value).toContain(sha256(train));
    expect(await cached()).toEqual([]);
  });

  test("a server that refuses the file is an error, not a reason for the sample", async () => {
    server.files.delete("/SST-2.zip");
    expect((await failure(resolve(source()))).parts).toMatchObject({ reason: "data", value: 404 });
  });

  test("a cache that cannot be written is a storage error that names folder and variable", async () => {
    const file = await scratch.put("file", "x");
    const error = await failure(resolve(source(), { places: { ...places, cache: join(file, "cache") } }));
    expect(error.parts.reason).toBe("storage");
    expect(error.message).toContain(join(file, "cache"));
    expect(error.message).toContain("RANKBENCH_CACHE");
  });
});

test("two processes' worth of resolution at once download once", async () => {
  const [a, b, c] = await Promise.all([resolve(source()), resolve(source()), resolve(source())]);
  expect(server.requests).toHaveLength(1);
  expect(b).toEqual(a);
  expect(c).toEqual(a);
  expect((await cached()).filter((name) => name.includes("part"))).toEqual([]);
});

describe("status", () => {
  test("tells what will be used, and its fingerprint, before anything is read or downloaded", async () => {
    const before = await sourceStatus(source(), { places });
    expect(before).toMatchObject({ variant: "official", needsDownload: true, downloadBytes: zip.length });
    expect(before.files[0]).toMatchObject({ where: "download", at: `${server.url}/SST-2.zip`, rows: 3000 });
    expect(server.requests).toEqual([]);
    const resolved = await resolve(source());
    const after = await sourceStatus(source(), { places });
    expect(after).toMatchObject({ variant: "official", needsDownload: false, downloadBytes: 0 });
    expect([before.fingerprint, after.fingerprint]).toEqual([resolved.fingerprint, resolved.fingerprint]);
  });

  test("agrees with resolution for mirror, offline, sample and nothing", async () => {
    const agree = async (from: DataSource, options: { places: Places; sampleOnly?: boolean }) => {
      const [status, resolved] = [await sourceStatus(from, options), await resolve(from, options)];
      expect([status.variant, status.fingerprint, status.notice]).toEqual([
        resolved.variant,
        resolved.fingerprint,
        resolved.notice,
      ]);
      return status.variant;
    };
    const away = { ...places, offline: true };
    expect(await agree(source(), { places: away })).toBe("sample");
    expect(await agree(source(), { places, sampleOnly: true })).toBe("sample");
    await putMirror("m1", "train.tsv", train);
    await putMirror("m1", "dev.tsv", dev);
    expect(await agree(source(), { places: away })).toBe("mirror");
    const { sample: _, ...bare } = source();
    expect(await sourceStatus(bare, { places: { ...away, mirrors: [] } })).toMatchObject({
      variant: null,
      fingerprint: null,
    });
  });

  test("a cached file of the wrong size shows at once", async () => {
    const path = (await resolve(source())).files.get("train.tsv")?.path ?? "";
    await truncate(path, 10);
    const status = await sourceStatus(source(), { places });
    expect(status.files[0]).toMatchObject({ where: "cache", damage: `10 bytes instead of ${train.length}` });
  });
});

describe("verify", () => {
  test("reads every stored copy and tells whole, repacked and damaged ones apart", async () => {
    await resolve(source());
    await putMirror("m1", "train.tsv", train);
    await scratch.put("m2/glue/SST-2/train.tsv.gz", gzipSync(train, { level: 1 }));
    await putMirror("m1", "dev.tsv", Buffer.from("other\n"));
    await scratch.put("m2/glue/SST-2/dev.tsv.gz", gzipSync(dev).subarray(0, 20));
    const found = await verifySource(source(), { places });
    expect(found.map(({ file, place, state }) => [file, place, state])).toEqual([
      ["train.tsv", "cache", "whole"],
      ["train.tsv", "mirror", "whole"],
      ["train.tsv", "mirror", "repacked"],
      ["dev.tsv", "cache", "whole"],
      ["dev.tsv", "mirror", "damaged"],
      ["dev.tsv", "mirror", "damaged"],
    ]);
    expect(found[4]).toMatchObject({ expected: sha256(dev), got: sha256("other\n"), rows: 2 });
    expect(found[5]).toMatchObject({ got: null });
  });
});

const realMirror = mirrorFolders().find((folder) =>
  existsSync(join(folder, "glue", "SST-2", "train.tsv.gz")),
);

test.skipIf(realMirror === undefined)(
  "the published SST-2 resolves from a real mirror (skipped where no mirror folder holds it)",
  async () => {
    const url = "https://dl.fbaipublicfiles.com/glue/data/SST-2.zip";
    const archive = {
      url,
      sha256: "d67e16fb55739c1b32cdce9877596db1c127dc322d93c082281f64057c16deaa",
      bytes: 7_439_277,
    };
    const file = (name: string, sha: string, bytes: number, rows: number): SourceFile => ({
      name,
      sha256: sha,
      bytes,
      rows,
      official: { ...archive, packing: { kind: "zip", entry: `SST-2/${name}` } },
      mirror: { path: `glue/SST-2/${name}.gz`, packing: "gzip" },
    });
    const sst2 = source(url, {
      files: [
        file(
          "train.tsv",
          "48eac26399f8456935f81dd9e3a745c1430adb6c62e233ccfe22db4a0d15d1d1",
          3_806_081,
          67_349,
        ),
        file("dev.tsv", "54a9c12c77e402fc14d6a66a506f24d999f596b0176eb777c972cccc2f9cc4b0", 94_931, 872),
      ],
    });
    const real = { ...places, mirrors: [realMirror ?? ""], offline: true };
    const resolved = await resolve(sst2, { places: real });
    expect(resolved.variant).toBe("mirror");
    expect((await sourceStatus(sst2, { places: real })).fingerprint).toBe(resolved.fingerprint);
    expect((await text(resolved, "dev.tsv"))?.subarray(0, 15).toString()).toBe("sentence\tlabel\n");
  },
);
