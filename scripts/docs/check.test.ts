// The documentation says what the code says now: generated blocks are up to date, links and paths lead somewhere.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, posix } from "node:path";
import { describe, expect, it } from "vitest";
import { ROOT } from "../root.ts";
import { boardPicture, PICTURED } from "./board-picture.ts";
import { documents, renewed } from "./documents.ts";
import { GENERATORS } from "./generators.ts";

const all = await documents();
const ofMethod = (file: string): boolean => file.startsWith("methods/");

describe("generated blocks", () => {
  it.each(
    all.filter(({ blocks }) => blocks.length > 0).map((document) => [document.file, document] as const),
  )("of %s are up to date (else: pnpm docs:readme)", async (_, document) => {
    expect(await renewed(document)).toBe(document.text);
  });

  it("have the picture of the board that is beside them (else: pnpm docs:board)", async () => {
    expect(await boardPicture()).toBe(readFileSync(join(ROOT, PICTURED.file), "utf8"));
  });

  it("are each used by some document", () => {
    const shared = all.filter(({ file }) => !ofMethod(file)).flatMap(({ blocks }) => blocks);
    expect(shared.sort()).toEqual(Object.keys(GENERATORS).sort());
  });

  it("tell in every method's README where the tests of its card are", () => {
    const readmes = all.filter(({ file }) => ofMethod(file));
    expect(readmes.length).toBeGreaterThan(20);
    for (const { file, blocks } of readmes) expect(blocks, file).toEqual(["card-tests"]);
  });
});

describe("links", () => {
  it.each(all.map((document) => [document.file, document] as const))(
    "of %s lead to files that are there",
    (_, { file, text }) => {
      const prose = text.replaceAll(/^(`{3,})[\s\S]*?^\1$/gm, "");
      const targets = [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? "");
      const local = targets
        .filter((target) => !/^(https?:|mailto:|#)/.test(target))
        .map((target) => target.replace(/#.*$/, ""));
      const missing = local.filter((target) => !existsSync(join(ROOT, posix.join(dirname(file), target))));
      expect(missing).toEqual([]);
    },
  );

  it("reach every document from the README or the documents it names", () => {
    const linked = new Set<string>(["README.md"]);
    for (const file of linked) {
      const text = all.find((document) => document.file === file)?.text ?? "";
      for (const [, target] of text.matchAll(/\]\(([^)#\s]+\.md)/g))
        linked.add(posix.join(dirname(file), target ?? ""));
    }
    const decisions = (file: string) => file.startsWith("docs/decisions/");
    const apart = (file: string) => decisions(file) || ofMethod(file);
    expect(all.map(({ file }) => file).filter((file) => !linked.has(file) && !apart(file))).toEqual([]);
  });
});
