// Strict UTF-8 text, whole or line by line. A wrong encoding is an error that names file, line and encoding; no byte is
// ever replaced by U+FFFD. Lines end at LF alone: U+2028, U+0085 and other separators are text.
import { RankbenchError } from "#harness/failure/error.ts";
import { openBytes, type StoredFile } from "./content.ts";

/** What a reader takes: a stored file, bytes in memory, or bytes as they come. */
export type TextInput =
  | StoredFile
  | { readonly name: string; readonly bytes: Uint8Array | Iterable<Uint8Array> | AsyncIterable<Uint8Array> };

export interface Line {
  /** 1-based. */
  readonly number: number;
  /** Without its line end. */
  readonly text: string;
}

const LF = 0x0a;

/** Name of an input for messages. */
export const inputName = (input: TextInput): string => ("path" in input ? input.path : input.name);

async function* inputChunks(input: TextInput): AsyncGenerator<Uint8Array> {
  if ("path" in input) yield* openBytes(input);
  else if (input.bytes instanceof Uint8Array) yield input.bytes;
  else yield* input.bytes;
}

function wrongEncoding(name: string, line: number, found: string, value?: string): RankbenchError {
  return new RankbenchError({
    reason: "data",
    thing: `file ${name}`,
    problem: `it is not UTF-8 text: ${found}`,
    field: `line ${line}`,
    ...(value === undefined ? {} : { value }),
    wanted: "UTF-8",
    next: "convert the file to UTF-8 (iconv -f <encoding> -t UTF-8) or get a right copy",
  });
}

/** UTF-16 by its byte order mark, or by every second byte of the beginning being zero. */
function looksLikeUtf16(start: Uint8Array): string | undefined {
  const [first, second] = start;
  if (first === 0xff && second === 0xfe) return "UTF-16 (little endian)";
  if (first === 0xfe && second === 0xff) return "UTF-16 (big endian)";
  const probe = start.subarray(0, 256);
  const zeros = [0, 0];
  probe.forEach((byte, i) => {
    if (byte === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = zeros;
  if (odd > probe.length / 4 && even === 0) return "UTF-16 (little endian, without a byte order mark)";
  if (even > probe.length / 4 && odd === 0) return "UTF-16 (big endian, without a byte order mark)";
  return undefined;
}

function decodes(bytes: Uint8Array, stream: boolean): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream });
    return true;
  } catch {
    return false;
  }
}

/** Offset of the first byte that belongs to no whole character of `bytes` (which is known not to be UTF-8). */
function firstBadByte(bytes: Uint8Array): number {
  // Streaming, a prefix fails from the byte on that breaks a sequence, and never before: bisection finds it.
  let low = 0;
  let high = bytes.length;
  while (low + 1 < high) {
    const middle = (low + high) >>> 1;
    if (decodes(bytes.subarray(0, middle), true)) low = middle;
    else high = middle;
  }
  // Back to where the broken sequence begins.
  while (low > 0 && !decodes(bytes.subarray(0, low), false)) low--;
  return low;
}

function decodeBlock(block: Uint8Array, name: string, firstLine: number): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(block);
  } catch {
    const at = firstBadByte(block);
    let line = firstLine;
    for (const byte of block.subarray(0, at)) if (byte === LF) line++;
    const hex = (block[at] ?? 0).toString(16).toUpperCase().padStart(2, "0");
    throw wrongEncoding(
      name,
      line,
      "a byte that UTF-8 does not allow here (ISO 8859-1 or Windows-1252 text?)",
      `byte ${hex}`,
    );
  }
}

/** Blocks of whole lines, decoded; only the last may lack its LF. The byte order mark is gone. */
async function* textBlocks(
  input: TextInput,
): AsyncGenerator<{ readonly text: string; readonly firstLine: number }> {
  const name = inputName(input);
  let held: Uint8Array[] = [];
  let heldBytes = 0;
  let firstLine = 1;
  let atStart = true;
  const flush = (end: Uint8Array): { text: string; firstLine: number } => {
    let block = held.length === 0 ? end : new Uint8Array(Buffer.concat([...held, end]));
    held = [];
    heldBytes = 0;
    if (atStart) {
      atStart = false;
      const utf16 = looksLikeUtf16(block);
      if (utf16 !== undefined) throw wrongEncoding(name, 1, `it looks like ${utf16}`);
      if (block[0] === 0xef && block[1] === 0xbb && block[2] === 0xbf) block = block.subarray(3);
    }
    return { text: decodeBlock(block, name, firstLine), firstLine };
  };
  for await (const chunk of inputChunks(input)) {
    const end = chunk.lastIndexOf(LF) + 1;
    if (end > 0) {
      const block = flush(chunk.subarray(0, end));
      yield block;
      for (let i = block.text.indexOf("\n"); i >= 0; i = block.text.indexOf("\n", i + 1)) firstLine++;
    }
    if (end < chunk.length) {
      held.push(chunk.slice(end));
      heldBytes += chunk.length - end;
    }
  }
  if (heldBytes > 0) yield flush(new Uint8Array(0));
}

/** The whole text, without a byte order mark, line ends as they are. Throws `data` and `storage` errors. */
export async function readText(input: TextInput): Promise<string> {
  let text = "";
  for await (const block of textBlocks(input)) text += block.text;
  return text;
}

/**
 * The lines in order. `ends: "strip"` (the default) takes one CR off with the LF, `"keep-cr"` leaves it. A file that ends in LF has no
 * empty last line. Throws `data` and `storage` errors.
 */
export async function* readLines(
  input: TextInput,
  ends: "strip" | "keep-cr" = "strip",
): AsyncGenerator<Line> {
  for await (const { text, firstLine } of textBlocks(input)) {
    let number = firstLine;
    for (let start = 0; start < text.length; number++) {
      const found = text.indexOf("\n", start);
      const end = found < 0 ? text.length : found;
      const cr = ends === "strip" && end > start && text.charCodeAt(end - 1) === 0x0d;
      yield { number, text: text.slice(start, cr ? end - 1 : end) };
      start = end + 1;
    }
  }
}
