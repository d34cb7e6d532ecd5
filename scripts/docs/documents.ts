// The documents that hold generated blocks, and what they should say now. Writes nothing.
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { blockNames, fillBlocks } from "./blocks.ts";
import { GENERATORS } from "./generators.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));

export interface Document {
  /** Path below the root. */
  readonly file: string;
  readonly text: string;
  readonly blocks: readonly string[];
}

/** README.md and every Markdown file of docs/, sorted. */
export async function documents(root: string = ROOT): Promise<Document[]> {
  const inDocs = await readdir(join(root, "docs"), { recursive: true });
  const files = [
    "README.md",
    ...inDocs.filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`),
  ].sort();
  return Promise.all(
    files.map(async (file) => {
      const text = await readFile(join(root, file), "utf8");
      return { file, text, blocks: blockNames(file, text) };
    }),
  );
}

/** The document with its blocks made anew. */
export const renewed = ({ file, text }: Document): Promise<string> => fillBlocks(file, text, GENERATORS);
