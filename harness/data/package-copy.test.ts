import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { resolveSource } from "./resolve.ts";
import type { DataSource } from "./source.ts";
import { sourceStatus } from "./status.ts";
import { scratchFolder, sha256 } from "./testing/scratch.ts";
import { verifySource } from "./verify.ts";

const { folder } = scratchFolder();
/** Nothing in the cache, no mirror, no network. */
const places = () => ({ cache: folder(), mirrors: [], offline: true });

const bytes = readFileSync(new URL("../../node_modules/zod/LICENSE", import.meta.url));

// zod is a dependency and its licence file does not change with the version that is pinned.
const source = (hash: string, name = "zod"): DataSource => ({
  id: "licence",
  title: "A licence",
  licence: "MIT",
  redistributable: true,
  citation: "none",
  homepage: "https://zod.dev",
  files: [
    {
      name: "LICENSE",
      sha256: hash,
      bytes: bytes.length,
      package: { name, version: "4.6.7", path: "LICENSE", packing: "none" },
    },
  ],
});

test("a file of an installed package is found without cache, mirror or network, and counts as official", async () => {
  const wanted = source(sha256(bytes));
  const resolved = await resolveSource(wanted, { places: places() });
  const found = resolved.files.get("LICENSE");
  expect([resolved.variant, found?.part]).toEqual(["official", false]);
  expect(existsSync(found?.path ?? "")).toBe(true);
  expect(found?.path.endsWith(join("zod", "LICENSE"))).toBe(true);
  const status = await sourceStatus(wanted, { places: places() });
  expect(status.files.map(({ where }) => where)).toEqual(["package"]);
  expect([status.needsDownload, status.fingerprint]).toEqual([false, resolved.fingerprint]);
  expect((await verifySource(wanted, { places: places() })).map(({ state }) => state)).toEqual(["whole"]);
});

test("a package of another version is refused by the hash of its file, never replaced in silence", async () => {
  await expect(resolveSource(source("0".repeat(64)), { places: places() })).rejects.toThrow(
    /zod.LICENSE[\s\S]*sha256/,
  );
});

test("a package that is not installed is missing, and the source then has nothing", async () => {
  const absent = source(sha256(bytes), "no-such-package");
  expect((await sourceStatus(absent, { places: places() })).files.map(({ where }) => where)).toEqual([
    "missing",
  ]);
  await expect(resolveSource(absent, { places: places() })).rejects.toThrow(
    /licence[\s\S]*no embedded sample/,
  );
});
