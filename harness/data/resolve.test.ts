// Which data is used, and what it is called. Damaged copies: damage.test.ts.
import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { mirrorFolders } from "./folders.ts";
import { cachePath } from "./locate.ts";
import type { SourceFile } from "./source.ts";
import { sourceStatus } from "./status.ts";
import { failureOf } from "./testing/failure.ts";
import { deadUrl } from "./testing/file-server.ts";
import { sha256 } from "./testing/scratch.ts";
import { bytesOf, content, dataWorkbench, dev, partial, train } from "./testing/workbench.ts";

const { cached, places, putMirror, resolve, scratch, server, single, source } = dataWorkbench();

describe("order", () => {
  test("official files are downloaded once for all entries of an archive, checked, unpacked and cached", async () => {
    const resolved = await resolve(source());
    expect(resolved).toMatchObject({ id: "glue-sst2", variant: "official", notice: null });
    expect((await bytesOf(resolved, "train.tsv")).equals(train)).toBe(true);
    expect((await bytesOf(resolved, "dev.tsv")).equals(dev)).toBe(true);
    expect(server().requests).toHaveLength(1);
    expect(await cached()).toEqual(
      [`${sha256(dev).slice(0, 12)}-dev.tsv`, `${sha256(train).slice(0, 12)}-train.tsv`].sort(),
    );
    expect(await resolve(source())).toEqual(resolved);
    expect(server().requests).toHaveLength(1);
  });

  test("a whole mirror is used before the network and is the same data", async () => {
    const official = await resolve(source());
    await rm(places().cache, { recursive: true });
    await putMirror("m2", "train.tsv", train);
    await putMirror("m2", "dev.tsv", dev);
    const mirrored = await resolve(source());
    expect(mirrored.variant).toBe("mirror");
    expect(mirrored.fingerprint).toBe(official.fingerprint);
    expect((await bytesOf(mirrored, "train.tsv")).equals(train)).toBe(true);
    expect(server().requests).toHaveLength(1);
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
    await scratch.put(`cache/data/glue-sst2/${cachePath(source(), file, places()).split("/").pop()}`, dev);
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
    const from = source(server().url, { files: [part, devFile] });
    const whole = await resolve(from);
    await scratch.put("m1/part.tsv", partial);
    await rm(places().cache, { recursive: true });
    const resolved = await resolve(from);
    expect(resolved.files.get("train.tsv")).toMatchObject({ part: true, rows: 1, sha256: sha256(partial) });
    expect(resolved.files.get("dev.tsv")).toMatchObject({ part: false });
    expect(resolved.fingerprint).not.toBe(whole.fingerprint);
    await scratch.put("m1/part.tsv", dev);
    expect((await failureOf(resolve(from))).parts.reason).toBe("data");
  });

  test("gzip and plain downloads are unpacked too", async () => {
    server().files.set("/dev.tsv.gz", { bytes: gzipSync(dev) });
    server().files.set("/dev.tsv", { bytes: dev });
    for (const [path, kind] of [
      ["/dev.tsv.gz", "gzip"],
      ["/dev.tsv", "none"],
    ] as const) {
      const resolved = await resolve(single({ url: `${server().url}${path}`, packing: { kind } }));
      expect((await bytesOf(resolved, "dev.tsv")).equals(dev)).toBe(true);
      await rm(places().cache, { recursive: true });
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
    expect((await resolve(source(), { places: { ...places(), offline: true } })).notice?.reason).toBe(
      "offline",
    );
    expect((await resolve(source(), { download: false })).variant).toBe("sample");
    expect(server().requests).toEqual([]);
  });

  test("the sample can be asked for although real data is there", async () => {
    await putMirror("m1", "train.tsv", train);
    await putMirror("m1", "dev.tsv", dev);
    expect((await resolve(source(), { sampleOnly: true })).notice?.reason).toBe("requested");
  });

  test("a file that nobody offers gives the sample before anything is downloaded", async () => {
    const orphan: SourceFile = { name: "extra.tsv", ...content(partial) };
    const resolved = await resolve(source(server().url, { files: [...source().files, orphan] }));
    expect(resolved.notice).toMatchObject({ reason: "no-source" });
    expect(resolved.notice?.message).toContain("extra.tsv");
    expect(server().requests).toEqual([]);
  });

  test("a source without sample says what is missing and how to get it", async () => {
    const { sample: _, ...bare } = source(await deadUrl());
    const error = await failureOf(resolve(bare));
    expect(error.parts.reason).toBe("data");
    expect(error.message).toContain("train.tsv, dev.tsv");
    expect(error.message).toContain("RANKBENCH_MIRRORS");
  });
});

test("two processes' worth of resolution at once download once", async () => {
  const [a, b, c] = await Promise.all([resolve(source()), resolve(source()), resolve(source())]);
  expect(server().requests).toHaveLength(1);
  expect(b).toEqual(a);
  expect(c).toEqual(a);
  expect((await cached()).filter((name) => name.includes("part"))).toEqual([]);
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
    const real = { ...places(), mirrors: [realMirror ?? ""], offline: true };
    const resolved = await resolve(sst2, { places: real });
    expect(resolved.variant).toBe("mirror");
    expect((await sourceStatus(sst2, { places: real })).fingerprint).toBe(resolved.fingerprint);
    expect((await bytesOf(resolved, "dev.tsv")).subarray(0, 15).toString()).toBe("sentence\tlabel\n");
  },
);
