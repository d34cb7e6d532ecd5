// Several files that are one download (halves of an archive that is read as it is), and whole copies beside partial ones.
import { readFile, rm } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import type { DataSource } from "./source.ts";
import { bytesOf, content, dataWorkbench, dev, partial, train } from "./testing/workbench.ts";
import { verifySource } from "./verify.ts";

const { cached, places, resolve, scratch, server, source } = dataWorkbench();

describe("files that are one plain download", () => {
  const halves = (): DataSource => {
    server().files.set("/whole.tar.gz", { bytes: train });
    const shared = {
      ...content(train),
      official: { url: `${server().url}/whole.tar.gz`, packing: { kind: "none" }, ...content(train) },
    } as const;
    return source(server().url, {
      files: [
        { name: "train-whole.tar.gz", ...shared },
        { name: "test-whole.tar.gz", ...shared },
      ],
    });
  };

  test("are fetched once, each has the bytes, and nothing else stays", async () => {
    const found = await resolve(halves());
    expect(found.variant).toBe("official");
    for (const name of ["train-whole.tar.gz", "test-whole.tar.gz"])
      expect(await bytesOf(found, name)).toEqual(train);
    expect(server().requests.filter(({ path }) => path === "/whole.tar.gz").length).toBe(1);
    expect((await cached()).length).toBe(2);
  });

  test("are fetched again for the one that was lost, without harm to the other", async () => {
    const first = await resolve(halves());
    const kept = first.files.get("train-whole.tar.gz")?.path ?? "";
    await rm(first.files.get("test-whole.tar.gz")?.path ?? "");
    const again = await resolve(halves());
    expect(await readFile(kept)).toEqual(train);
    expect(await bytesOf(again, "test-whole.tar.gz")).toEqual(train);
  });
});

describe("a whole copy as others distribute it", () => {
  const both = (): DataSource =>
    source(server().url, {
      files: [
        {
          name: "train.tsv",
          ...content(train),
          wholeMirror: { path: "debian/train.tsv.gz", packing: "gzip" },
          mirror: { path: "part.tsv", packing: "none", content: content(partial), ...content(partial) },
        },
      ],
    });

  test("goes before a part in any mirror folder, and without it the part is used and called one", async () => {
    await scratch.put("m1/part.tsv", partial);
    const part = await resolve(both());
    expect([part.files.get("train.tsv")?.part, part.variant]).toEqual([true, "mirror"]);
    await scratch.put("m2/debian/train.tsv.gz", gzipSync(train));
    const whole = await resolve(both());
    expect(whole.files.get("train.tsv")?.part).toBe(false);
    expect(await bytesOf(whole, "train.tsv")).toEqual(train);
    expect(whole.fingerprint).not.toBe(part.fingerprint);
  });

  test("is verified beside the part, each by what it must hold", async () => {
    await scratch.put("m1/part.tsv", partial);
    await scratch.put("m2/debian/train.tsv.gz", gzipSync(dev));
    const states = (await verifySource(both(), { places: places() })).map(({ part, state }) => [part, state]);
    expect(states).toEqual([
      [false, "damaged"],
      [true, "whole"],
    ]);
  });
});
