import { existsSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { expect, test } from "vitest";
import { cacheFolder, mirrorFolders, offline, projectRoot } from "./folders.ts";

const root = resolve(import.meta.dirname, "../..");

test("the project root is the checkout, whatever the working directory and HOME are", () => {
  expect(projectRoot({})).toBe(root);
  expect(projectRoot({ HOME: "/nowhere" })).toBe(root);
  expect(existsSync(join(projectRoot({}), "package.json"))).toBe(true);
});

test("the cache is inside of the project unless RANKBENCH_CACHE moves it", () => {
  expect(cacheFolder({ HOME: "/nowhere", XDG_CACHE_HOME: "/nowhere" })).toBe(
    join(root, ".rankbench", "cache"),
  );
  expect(cacheFolder({ RANKBENCH_CACHE: "/data/cache" })).toBe("/data/cache");
  expect(cacheFolder({ RANKBENCH_CACHE: "" })).toBe(join(root, ".rankbench", "cache"));
});

test("RANKBENCH_ROOT moves everything that is relative to the project", () => {
  const env = { RANKBENCH_ROOT: "/copy/of/it" };
  expect(projectRoot(env)).toBe("/copy/of/it");
  expect(cacheFolder(env)).toBe("/copy/of/it/.rankbench/cache");
  expect(mirrorFolders(env)).toEqual(["/copy/of/shared/data"]);
});

test("mirror folders are a path list; unset gives the default, empty gives none", () => {
  expect(mirrorFolders({})).toEqual([resolve(root, "../shared/data")]);
  expect(mirrorFolders({ RANKBENCH_MIRRORS: "" })).toEqual([]);
  expect(mirrorFolders({ RANKBENCH_MIRRORS: ["/a", "b/c", ""].join(delimiter) })).toEqual([
    "/a",
    join(root, "b", "c"),
  ]);
});

test.each([
  [undefined, false],
  ["", false],
  ["0", false],
  ["false", false],
  ["1", true],
  ["true", true],
])("RANKBENCH_OFFLINE=%s means offline: %s", (value, expected) => {
  expect(offline({ RANKBENCH_OFFLINE: value })).toBe(expected);
});
