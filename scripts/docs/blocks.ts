// Generated blocks of Markdown files: finds them between their markers and exchanges what stands there.
// A block is `<!-- generated:NAME -->` ... `<!-- /generated:NAME -->`, each marker on a line of its own.

/** Makes the text of a block; gets what stands there now, which some blocks read their sources from. */
export type Generator = (current: string) => Promise<string>;

const OPEN = /^<!-- generated:([a-z0-9-]+) -->$/;
const closing = (name: string): string => `<!-- /generated:${name} -->`;

/** A piece of a file: prose as it is, or a block by its name. Joined with line feeds they are the file. */
type Piece = { readonly prose: string } | { readonly block: string; readonly content: string };

/** Splits a file at its markers; a marker that is never closed is an error naming file and line. */
function split(file: string, text: string): Piece[] {
  const lines = text.split("\n");
  const pieces: Piece[] = [];
  let prose: string[] = [];
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? "";
    const name = OPEN.exec(line)?.[1];
    if (name === undefined) {
      if (line.startsWith("<!-- /generated:"))
        throw new Error(`${file}:${i + 1}: ${line} closes a block that is not open`);
      prose.push(line);
      continue;
    }
    const end = lines.indexOf(closing(name), i);
    if (end === -1) throw new Error(`${file}:${i + 1}: block ${name} has no line ${closing(name)}`);
    pieces.push({ prose: prose.join("\n") }, { block: name, content: lines.slice(i + 1, end).join("\n") });
    prose = [];
    i = end;
  }
  pieces.push({ prose: prose.join("\n") });
  return pieces;
}

/** Names of the blocks of a file, in its order. */
export const blockNames = (file: string, text: string): string[] =>
  split(file, text).flatMap((piece) => ("block" in piece ? [piece.block] : []));

/** The file with every block made anew. A block that no generator has is an error. */
export async function fillBlocks(
  file: string,
  text: string,
  generators: Readonly<Record<string, Generator>>,
): Promise<string> {
  const parts: string[] = [];
  for (const piece of split(file, text)) {
    if ("prose" in piece) {
      parts.push(piece.prose);
      continue;
    }
    const generate = generators[piece.block];
    if (generate === undefined) {
      throw new Error(
        `${file}: nothing generates block ${piece.block}; known: ${Object.keys(generators).join(", ")}`,
      );
    }
    const content = (await generate(piece.content)).trim();
    parts.push(`<!-- generated:${piece.block} -->\n${content}\n${closing(piece.block)}`);
  }
  return parts.join("\n");
}
