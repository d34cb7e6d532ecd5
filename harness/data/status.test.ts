// What is told about a source without using it: status (cheap) and verify (thorough).
import { truncate } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { Places } from "./locate.ts";
import type { DataSource } from "./source.ts";
import { sourceStatus } from "./status.ts";
import { sha256 } from "./testing/scratch.ts";
import { dataWorkbench, dev, train, zip } from "./testing/workbench.ts";
import { verifySource } from "./verify.ts";

const { places, putMirror, resolve, scratch, server, source } = dataWorkbench();

describe("status", () => {
  test("tells what will be used, and its fingerprint, before anything is read or downloaded", async () => {
    const before = await sourceStatus(source(), { places: places() });
    expect(before).toMatchObject({ variant: "official", needsDownload: true, downloadBytes: zip.length });
    expect(before.files[0]).toMatchObject({ where: "download", at: `${server().url}/SST-2.zip`, rows: 3000 });
    expect(server().requests).toEqual([]);
    const resolved = await resolve(source());
    const after = await sourceStatus(source(), { places: places() });
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
    const away = { ...places(), offline: true };
    expect(await agree(source(), { places: away })).toBe("sample");
    expect(await agree(source(), { places: places(), sampleOnly: true })).toBe("sample");
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
    const status = await sourceStatus(source(), { places: places() });
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
    const found = await verifySource(source(), { places: places() });
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
