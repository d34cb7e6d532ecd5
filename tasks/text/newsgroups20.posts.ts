// What a Usenet post says itself: without header, signature and quotations, which name the group or repeat other posts.
// The rules are those of scikit-learn's `remove=("headers", "footers", "quotes")`. Posts come from the official archive, or from a
// mirror's lines of JSON, which hold the first posts of each group: what the archive gives of these is the same rows in the same
// order, but for line ends, which the mirror's training posts have lost to tabs.
import type { ResolvedFile, ResolvedSource } from "#harness/data/source.ts";
import type { ScalePreset } from "#harness/task/contract.ts";
import { archiveTexts, requireWhole } from "#tasks/encoding/archive-rows.ts";
import { classOf, fileOf, jsonlRows } from "#tasks/encoding/read-rows.ts";
import type { TextRow } from "#tasks/encoding/rows.ts";
import { NEWSGROUP_FILES } from "./newsgroups20.source.ts";

/** In alphabetic order, as the labels count. */
export const NEWSGROUPS: readonly string[] = [
  "alt.atheism",
  "comp.graphics",
  "comp.os.ms-windows.misc",
  "comp.sys.ibm.pc.hardware",
  "comp.sys.mac.hardware",
  "comp.windows.x",
  "misc.forsale",
  "rec.autos",
  "rec.motorcycles",
  "rec.sport.baseball",
  "rec.sport.hockey",
  "sci.crypt",
  "sci.electronics",
  "sci.med",
  "sci.space",
  "soc.religion.christian",
  "talk.politics.guns",
  "talk.politics.mideast",
  "talk.politics.misc",
  "talk.religion.misc",
];

/** A header line, or the tab-indented continuation of one after the mirror's line ends were made of tabs. */
const HEADER_LINE = /^[A-Za-z][\w-]*:/;

const QUOTATION = /writes in|writes:|wrote:|says:|said:|^In article|^Quoted from|^\||^>/;

/** Lines after the header: it ends at the first empty line that no further header line follows. */
function body(lines: readonly string[]): readonly string[] {
  const end = lines.findIndex((line, i) => line.trim() === "" && !HEADER_LINE.test(lines[i + 1] ?? ""));
  return end < 0 ? lines : lines.slice(end + 1);
}

/** Lines before the last block, where an empty or dashed line sets one apart; else all. */
function withoutFooter(lines: readonly string[]): readonly string[] {
  const last = lines.findLastIndex((line) => line.trim() !== "") + 1;
  const kept = lines.slice(0, last);
  const from = kept.findLastIndex((line) => /^-*$/.test(line.trim()));
  return from > 0 && kept.slice(0, from).some((line) => line.trim() !== "") ? kept.slice(0, from) : kept;
}

/** The post's own words on one line; empty where it only quotes. Lines of `post` end in a tab (the mirror) or a line feed. */
export function ownWords(post: string): string {
  const own = withoutFooter(body(post.split(/[\t\n]/))).filter((line) => !QUOTATION.test(line));
  return own.join(" ").replace(/\s+/g, " ").trim();
}

type Half = keyof typeof NEWSGROUP_FILES;

/** Posts of each group that are the part, by their numbers. */
const PART: Readonly<Record<Half, number>> = { train: 150, test: 75 };

/** `20news-bydate-train/sci.space/60191`. */
const ENTRY = /^(?:\.\/)?(20news-bydate-(train|test)\/([\w.-]+)\/(\d+))$/;

async function archived(file: ResolvedFile, half: Half, whole: boolean): Promise<TextRow[]> {
  const target = classOf(NEWSGROUPS);
  const texts = await archiveTexts(file, (name) => {
    const [, id = null, of] = ENTRY.exec(name) ?? [];
    return of === half ? id : null;
  });
  const posts = texts.map(({ id, bytes }) => {
    const [, , , group = "", number] = ENTRY.exec(id) ?? [];
    return { id, bytes, group, number: Number(number) };
  });
  const first = new Set(
    NEWSGROUPS.flatMap((name) =>
      posts
        .filter(({ group }) => group === name)
        .sort((a, b) => a.number - b.number)
        .slice(0, PART[half])
        .map(({ id }) => id),
    ),
  );
  return posts
    .filter(({ id }) => whole || first.has(id))
    .map(({ id, bytes, group }) => ({
      texts: [ownWords(Buffer.from(bytes).toString("latin1"))],
      target: target(group, `archive ${file.path}, entry ${id}`),
    }));
}

/** Both halves; all of them for a preset that wants every training row. Throws `data` and `storage` errors. */
export async function newsgroupPosts(
  source: ResolvedSource,
  preset: Pick<ScalePreset, "trainRows">,
): Promise<{ readonly train: TextRow[]; readonly test: TextRow[] }> {
  const whole = preset.trainRows === null;
  const numbered = classOf(NEWSGROUPS.map((_, i) => String(i)));
  const read = async (half: Half) => {
    const file = fileOf(source, NEWSGROUP_FILES[half]);
    if (whole) requireWhole(file, "full");
    return file.part ? jsonlRows(file, numbered, ownWords) : archived(file, half, whole);
  };
  return { train: await read("train"), test: await read("test") };
}
