// The documents that hold generated blocks, and what they should say now. Writes nothing.
import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { cardTests, renderCardTests } from "../cards/table.ts";
import { ROOT } from "../root.ts";
import { blockNames, fillBlocks, type Generator } from "./blocks.ts";
import { GENERATORS } from "./generators.ts";

export interface Document {
  /** Path below the root. */
  readonly file: string;
  readonly text: string;
  readonly blocks: readonly string[];
}

/** A method's README and its id. */
const METHOD_README = /^methods\/([a-z0-9-]+)\/README\.md$/;

/** README.md and its neighbours, every Markdown file of docs/ and the README of every method, sorted. */
export async function documents(root: string = ROOT): Promise<Document[]> {
  const inDocs = await readdir(join(root, "docs"), { recursive: true });
  const methods = await readdir(join(root, "methods"));
  const files = [
    "AGENTS.md",
    "CONTRIBUTING.md",
    "README.md",
    ...methods
      .map((id) => `methods/${id}/README.md`)
      .filter((file) => METHOD_README.test(file) && existsSync(join(root, file))),
    ...inDocs.filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`),
  ].sort();
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(root, file), "utf8");
      return { file, text, blocks: blockNames(file, text) };
    }),
  );
}

/** Blocks that stand in every method's README, each about its own method. */
function ownBlocks(file: string): Readonly<Record<string, Generator>> {
  const method = METHOD_README.exec(file)?.[1];
  return method === undefined ? {} : { "card-tests": async () => renderCardTests(await cardTests(method)) };
}

/** The document with its blocks made anew. */
export const renewed = ({ file, text }: Document): Promise<string> =>
  fillBlocks(file, text, { ...GENERATORS, ...ownBlocks(file) });
