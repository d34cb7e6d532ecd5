import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseSiteOptions } from "./options.ts";
import { fileFor, serve } from "./static-server.ts";

const parent = mkdtempSync(join(tmpdir(), "rankbench-site-"));
const folder = join(parent, "site");
mkdirSync(join(folder, "boards"), { recursive: true });
writeFileSync(join(parent, "secret.txt"), "secret");
writeFileSync(join(folder, "index.html"), "home");
writeFileSync(join(folder, "404.html"), "not found");
writeFileSync(join(folder, "boards", "index.html"), "boards");

describe("the server of a built site", () => {
  it("answers under the base only, with a page for each folder and the site's own page for what is missing", async () => {
    const served = await serve(folder, "/rank-board/", 0);
    const get = async (path: string) => {
      const response = await fetch(new URL(path, served.address), { redirect: "manual" });
      return [response.status, response.headers.get("location") ?? (await response.text())];
    };
    expect(await get("/rank-board/")).toEqual([200, "home"]);
    expect(await get("/rank-board/boards/")).toEqual([200, "boards"]);
    expect(await get("/rank-board/boards")).toEqual([301, "/rank-board/boards/"]);
    expect(await get("/rank-board/nothing/")).toEqual([404, "not found"]);
    expect(await get("/boards/")).toEqual([404, "not found"]);
    await served.close();
  });

  it("never leaves its folder", () => {
    for (const path of ["/../secret.txt", "/%2e%2e/secret.txt", "/..%2fsecret.txt", "/%00", "/%zz"]) {
      expect(fileFor(folder, "/", path)).toBeNull();
    }
  });
});

describe("the command line of the site", () => {
  it("takes the base from the flag, then from the environment, then the root", () => {
    const base = (words: string[], variable?: string) =>
      parseSiteOptions(words, variable === undefined ? {} : { RANKBENCH_SITE_BASE: variable })?.base;
    expect(base(["--base", "x"], "/y")).toBe("/x/");
    expect(base([], "/y")).toBe("/y/");
    expect(base([])).toBe("/");
  });

  it("refuses unknown flags and wrong ports, and answers --help", () => {
    expect(() => parseSiteOptions(["--bse", "x"])).toThrow("--bse");
    expect(() => parseSiteOptions(["--port", "99999"])).toThrow("not a port");
    expect(parseSiteOptions(["--help"])).toBeNull();
  });
});
