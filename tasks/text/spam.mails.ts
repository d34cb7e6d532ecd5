// Mails of the SpamAssassin corpus as the text that a person reads first: without header, markup, attachments and list footer,
// so that the answer has to come from what the mail says. Copies and reposts are told here; splits are the task's matter.
import { openBytes } from "#harness/data/content.ts";
import type { ResolvedSource } from "#harness/data/source.ts";
import { tarEntries } from "#harness/data/tar.ts";
import { readableText } from "#tasks/encoding/mail.ts";
import { fileOf } from "#tasks/encoding/read-rows.ts";
import type { TextRow } from "#tasks/encoding/rows.ts";

/** Folders of the corpus, in its own order, with their class: 0 for ham, 1 for spam. */
export const MAIL_FOLDERS = [
  ["easy-ham-1", 0],
  ["easy-ham-2", 0],
  ["hard-ham-1", 0],
  ["spam-1", 1],
  ["spam-2", 1],
] as const;

/** Two lines with which a gateway heads the news that it sends as mails, all of them ham. */
const GATEWAY = /^(?:URL: \S+|Date: (?:Not supplied|.*\d\d:\d\d:\d\d.*))$/;

/** Where a mailing list or a writer sets a footer apart; lists are ham, and name themselves there. */
const FOOTER = /^(?:_{20,}|-{20,}|={20,}|-- ?|-{3,}~-->|To unsubscribe\b.*)$/;

/** The mail's own words on one line; empty where it has none, as with a single picture. */
export function ownWords(mail: Uint8Array): string {
  const lines = readableText(mail)
    .split("\n")
    .map((line) => line.trimEnd());
  const start = lines.findIndex((line) => line !== "" && !GATEWAY.test(line));
  if (start < 0) return "";
  const footer = lines.findIndex((line, i) => i > start && FOOTER.test(line));
  return lines
    .slice(start, footer < 0 ? lines.length : footer)
    .join(" ")
    .replace(/\s+/g, " ")
    .trim();
}

/** Letters that a repost has in common with its original: numbers, names of the day and addresses behind them change. */
const REPOST_LETTERS = 200;

const letters = (text: string) =>
  text
    .toLowerCase()
    .replace(/[^a-z]/g, "")
    .slice(0, REPOST_LETTERS);

/** The first of all rows that begin with the same letters. */
export function withoutReposts(rows: readonly TextRow[]): TextRow[] {
  const seen = new Set<string>();
  return rows.filter(({ texts }) => {
    const key = letters(texts[0]);
    return !seen.has(key) && seen.add(key);
  });
}

/** Mails with words of their own, each once, folder by folder. Throws `data` and `storage` errors. */
export async function spamMails(source: ResolvedSource): Promise<TextRow[]> {
  const rows: TextRow[] = [];
  for (const [name, target] of MAIL_FOLDERS) {
    const file = fileOf(source, name);
    for await (const { bytes } of tarEntries(openBytes(file), file.path, () => true)) {
      const text = ownWords(bytes);
      if (text !== "") rows.push({ texts: [text], target });
    }
  }
  return withoutReposts(rows);
}
