// Archives: tar in the forms that other software writes, folders that stand for one, and official copies inside them.
import { createHash } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, test } from "vitest";
import { hashContent } from "./content.ts";
import { folderAsTar } from "./folder.ts";
import golden from "./tar.golden.json" with { type: "json" };
import { TAR_END, tarEntries, tarFile } from "./tar.ts";
import { failureOf } from "./testing/failure.ts";
import { scratchFolder, sha256 } from "./testing/scratch.ts";
import { bytesOf, dataWorkbench, dev, train } from "./testing/workbench.ts";
import { unzipEntries } from "./zip.ts";

async function* inPieces(bytes: Uint8Array, size = 700): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function entriesOf(bytes: Uint8Array, wanted = (_: string) => true): Promise<Map<string, Uint8Array>> {
  const found = new Map<string, Uint8Array>();
  for await (const entry of tarEntries(inPieces(bytes), "t.tar", wanted)) found.set(entry.name, entry.bytes);
  return found;
}

describe("tar archives of Python's tarfile", () => {
  test.each(Object.entries(golden.archives))(
    "in %s form give every file with its long name",
    async (_, packed) => {
      const entries = await entriesOf(gunzipSync(Buffer.from(packed, "base64")));
      expect(Object.fromEntries([...entries].map(([name, bytes]) => [name, sha256(bytes)]))).toEqual(
        golden.files,
      );
    },
  );

  test("equal what a folder is read as: its files in order of names, whatever order they were written in", async () => {
    for (const [name, text] of Object.entries(golden.folder.files)) await scratch.put(`mails/${name}`, text);
    await scratch.put("mails/a.json", "not asked for");
    const folder = `${scratch.folder()}/mails`;
    const got = await hashContent({ path: folder, packing: { kind: "folder", suffix: ".txt" } });
    expect(got.sha256).toBe(golden.folder.sha256);
    const hash = createHash("sha256");
    for await (const chunk of folderAsTar(folder, ".txt")) hash.update(chunk);
    expect(hash.digest("hex")).toBe(golden.folder.sha256);
  });

  test("are refused where the end mark is missing, and nothing of an unwanted entry is kept", async () => {
    const whole = gunzipSync(Buffer.from(golden.archives.ustar, "base64"));
    const end = whole.length - 512 * Math.floor((whole.length - lastByte(whole)) / 512);
    const error = await failureOf(entriesOf(whole.subarray(0, end)));
    expect(error.parts.problem).toContain("end mark");
    expect([...(await entriesOf(whole, (name) => name === "last.bin")).keys()]).toEqual(["last.bin"]);
  });
});

const scratch = scratchFolder();

/** Position of the last byte that is not zero. */
const lastByte = (bytes: Uint8Array): number => bytes.findLastIndex((byte) => byte !== 0);

test("a folder that is not there is a storage error that names it", async () => {
  const path = `${scratch.folder()}/none`;
  const error = await failureOf(hashContent({ path, packing: { kind: "folder", suffix: ".txt" } }));
  expect(error.parts.reason).toBe("storage");
  expect(error.message).toContain(path);
});

describe("an official file inside a tar.gz", () => {
  const { server, single, resolve, cached } = dataWorkbench();
  const archive = () =>
    gzipSync(Buffer.concat([tarFile("set/train.tsv", train), tarFile("set/dev.tsv", dev), TAR_END]));
  const offered = (entry: string) =>
    single({ url: `${server().url}/set.tar.gz`, packing: { kind: "tar.gz", entry } });

  test("is unpacked into the cache, and checked by its own hash", async () => {
    server().files.set("/set.tar.gz", { bytes: archive() });
    expect(await bytesOf(await resolve(offered("set/dev.tsv")), "dev.tsv")).toEqual(dev);
    expect((await cached()).every((name) => !name.endsWith(".part"))).toBe(true);
  });

  test("is refused by name where the archive lacks it, has another in its place, is cut off or is none", async () => {
    server().files.set("/set.tar.gz", { bytes: archive() });
    expect((await failureOf(resolve(offered("set/gone.tsv")))).message).toContain("set/gone.tsv");
    expect((await failureOf(resolve(offered("set/train.tsv")))).parts.value).toContain(sha256(train));
    server().files.set("/set.tar.gz", { bytes: archive().subarray(0, 400) });
    expect((await failureOf(resolve(offered("set/dev.tsv")))).parts.problem).toContain("gzip stream");
    server().files.set("/set.tar.gz", { bytes: gzipSync(Buffer.from("<!DOCTYPE html>".repeat(60))) });
    expect((await failureOf(resolve(offered("set/dev.tsv")))).parts.problem).toContain("sum is wrong");
    expect(await cached()).toEqual([]);
  });
});

test("a zip entry that says it is larger than its bytes can be is refused before memory is taken for it", async () => {
  const { zipSync } = await import("fflate");
  const bytes = zipSync({ "a.txt": Buffer.from("a".repeat(5000)) });
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  // The central directory's size of the unpacked entry.
  const central = bytes.findLastIndex(
    (_, i) => i + 4 <= bytes.length && view.getUint32(i, true) === 0x02014b50,
  );
  view.setUint32(central + 24, 0xff_ff_ff_f0, true);
  expect(() => unzipEntries(bytes, "t.zip")).toThrow(/t\.zip[\s\S]*larger/);
});
