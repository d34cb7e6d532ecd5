// A mail as its bytes stand in a mailbox (RFC 5322, MIME), and the text of it that is read first. Damaged mails are read as far
// as they make sense: a mailbox is full of them, and none is an error.
import { westernText } from "./read-rows.ts";

/** Parts inside parts are followed this deep; a forwarded chain is cut there. */
const DEPTH = 8;

interface Part {
  /** Lower-case media type: `text/html`. */
  readonly type: string;
  readonly boundary: string | null;
  /** Lower-case transfer encoding, `7bit` if none is stated. */
  readonly encoding: string;
  /** One character a byte. */
  readonly body: string;
}

/** Headers end at the first empty line; a line that begins with a space goes on with the one before. */
function parsePart(text: string): Part {
  const end = text.startsWith("\n") ? 0 : text.indexOf("\n\n");
  const head = (end < 0 ? text : text.slice(0, end)).replace(/\n[ \t]+/g, " ");
  const body = end < 0 ? "" : text.slice(text.startsWith("\n") ? 1 : end + 2);
  const field = (name: string) => new RegExp(`^${name}:[ \\t]*(.*)$`, "im").exec(head)?.[1] ?? "";
  const contentType = field("content-type");
  const boundary = /boundary\s*=\s*(?:"([^"]*)"|([^;\s]+))/i.exec(contentType);
  return {
    type: /^[^;\s]*/.exec(contentType)?.[0].toLowerCase() || "text/plain",
    boundary: boundary?.[1] ?? boundary?.[2] ?? null,
    encoding: field("content-transfer-encoding").trim().toLowerCase() || "7bit",
    body,
  };
}

function decoded({ encoding, body }: Part): Uint8Array {
  if (encoding === "base64") return new Uint8Array(Buffer.from(body, "base64"));
  if (encoding !== "quoted-printable") return new Uint8Array(Buffer.from(body, "latin1"));
  const text = body
    .replace(/=[ \t]*\n/g, "")
    .replace(/=([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return new Uint8Array(Buffer.from(text, "latin1"));
}

/** Stated character sets are often wrong: UTF-8 where the bytes are, else Windows-1252, which most senders had. */
function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return westernText(bytes);
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: "&", lt: "<", gt: ">", quot: '"', nbsp: " " };

/** The character of a numeric reference; a space for halves of pairs and beyond. */
const character = (code: number): string => (code < 0xd800 ? String.fromCharCode(code) : " ");

/** HTML without what is not shown: comments, scripts, styles, tags. Blocks end lines. */
function shown(html: string): string {
  return html
    .replace(/<!--[\s\S]*?-->/g, "")
    .replace(/<(script|style|title)\b[\s\S]*?<\/\1\s*>/gi, " ")
    .replace(/<(?:br|p|div|tr|li|h[1-6])\b[^>]*>/gi, "\n")
    .replace(/<[^>]*>/g, "")
    .replace(/&(?:#(\d{1,5})|([a-z]+));?/gi, (all, code: string | undefined, name: string | undefined) =>
      code === undefined ? (ENTITIES[name?.toLowerCase() ?? ""] ?? all) : character(Number(code)),
    );
}

/** Text of a part by how it is written; null for what is no text. */
interface Readable {
  readonly plain: string | null;
  readonly html: string | null;
}

function readable(part: Part, depth: number): Readable {
  if (part.type.startsWith("multipart/") && part.boundary !== null && depth > 0) {
    const pieces = `\n${part.body}`.split(`\n--${part.boundary}`).slice(1);
    let found: Readable = { plain: null, html: null };
    for (const piece of pieces) {
      if (piece.startsWith("--")) break;
      const inner = readable(parsePart(piece.slice(piece.indexOf("\n") + 1)), depth - 1);
      found = { plain: found.plain ?? inner.plain, html: found.html ?? inner.html };
    }
    return found;
  }
  const nothing = { plain: null, html: null };
  if (!part.type.startsWith("text/") && !part.type.startsWith("multipart/")) return nothing;
  const text = textOf(decoded(part));
  if (part.type === "text/html" || /^\s*<(?:!doctype|html|head|body)\b/i.test(text)) {
    const words = shown(text);
    return words.trim() === "" ? nothing : { plain: null, html: words };
  }
  return text.trim() === "" ? nothing : { plain: text, html: null };
}

/** The first plain text of a mail, else its first HTML without markup, else nothing. Lines end in a line feed. */
export function readableText(mail: Uint8Array): string {
  const text = Buffer.from(mail).toString("latin1").replace(/\r\n?/g, "\n");
  const { plain, html } = readable(parsePart(text), DEPTH);
  return plain ?? html ?? "";
}
