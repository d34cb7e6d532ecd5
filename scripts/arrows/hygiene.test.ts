// The rules of hygiene, on texts that are put together from pieces so that the search of the tree does not find them here.
import { describe, expect, it } from "vitest";
import { checkName, checkText, hygieneRules } from "./hygiene.ts";

const rules = hygieneRules();
const join = (...parts: readonly string[]) => parts.join("");
const problems = (text: string, given = rules) =>
  checkText("x.md", text, given).map(({ line, problem }) => `${line}: ${problem}`);

describe("text of the repository", () => {
  it.each([
    ["a registry", join("see https://registry", ".npmjs", ".org/zod"), "names a package registry"],
    [
      "a registry in a lock file",
      join("tarball: https://registry", ".yarnpkg", ".com/zod.tgz"),
      "names a package registry",
    ],
    ["a home folder", join('const file = "/ho', 'me/someone/data";'), "holds a path of one machine"],
    ["a working folder", join("cd /wo", "rk/main"), "holds a path of one machine"],
    ["the administrator's folder", join("ls /ro", "ot"), "holds a path of one machine"],
    ["a Windows profile", join("C:\\Us", "ers\\someone"), "holds a path of one machine"],
    ["a numbered machine", join("http://10.", "1.2.3:4873/zod"), "holds the address of a machine"],
  ])("may not hold %s", (_, text, problem) => {
    const found = problems(`first line\n${text}\n`);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(`2: ${problem}`);
  });

  it.each([
    join("https://www", ".npmjs", ".com/package/zod"),
    "https://example.org/work/paper.pdf",
    "../shared/work/data",
    "http://127.0.0.1:8080/train.tsv",
    "results/runs/glue-sst2/galore/",
    "the work/life balance",
    "version 10.1.2.3",
  ])("may hold %s", (text) => {
    expect(problems(text)).toEqual([]);
  });

  it("may not hold the registry that the package manager uses here", () => {
    const own = hygieneRules("http://packages.example:4873/npm/");
    expect(problems("resolved at http://packages.example:4873/zod", own)).toHaveLength(1);
    expect(problems("resolved at http://packages.example:4873/zod")).toEqual([]);
  });

  it("is not searched where it is binary", () => {
    expect(problems(join("\0/ro", "ot/"))).toEqual([]);
  });
});

describe("names of source files", () => {
  it("tell what is inside", () => {
    expect(checkName("harness/nn/utils.ts")).toHaveLength(1);
    expect(checkName("harness/nn/index.ts")).toHaveLength(1);
    expect(checkName("harness/nn/helpers.test.ts")).toHaveLength(1);
    expect(checkName("harness/nn/indexing.ts")).toEqual([]);
  });
});
