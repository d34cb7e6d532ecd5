// Writes tasks/clip/emoji.concepts.tsv: every emoji without skin tone and every flag of no country, the concept that its
// variants share, its Unicode subgroup, and what mini-CLIP's pre-training does with it. Needs emojibase-data 17.0.0 (MIT; its
// names and subgroups are Unicode's), installed in a folder outside this repository:
//   npm install emojibase-data@17.0.0
//   node --import tsx scripts/backbones/mini-clip-concepts.ts FOLDER
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { stream } from "#harness/random/stream.ts";
import { NOVEL_CLASSES } from "#tasks/clip/emoji.classes.ts";

interface Emoji {
  readonly label: string;
  readonly hexcode: string;
  readonly order?: number;
  readonly subgroup?: number;
}

/** Share of the concepts outside the novel classes that pre-training never sees: they judge it. */
const HELD_OUT = 0.1;
/** A flag's picture says nothing that its country's name tells; skin tones and hair are parts, not pictures. */
const LEFT_OUT = new Set(["country-flag", "subdivision-flag", "skin-tone", "hair-style", "flag"]);

/** What man, woman and person variants, and directions of the same figure, have in common. */
export function conceptOf(label: string): string {
  return label
    .toLowerCase()
    .replace(/: facing right$/, "")
    .replace(/^(man|woman|person|men|women|people)(: | )/, "")
    .replace(/^(deaf|pregnant|older|old) (man|woman|person)$/, "$1")
    .replace(/^old$/, "older")
    .replace(/^(mrs\.|mx|santa) claus$/, "santa claus")
    .replace(/^(mermaid|merman|merperson)$/, "merperson")
    .replace(/^(prince|princess|with crown)$/, "royal")
    .replace(/^(boy|girl)$/, "child")
    .replace(/^(man|woman)$/, "person")
    .replace(/^family\b.*$/, "family")
    .replace(/^(kiss|couple with heart):.*$/, "$1")
    .replace(/^and (man|woman) holding hands$/, "holding hands");
}

const folder = process.argv[2];
if (folder === undefined) throw new Error("give the folder in which emojibase-data is installed");
const load = createRequire(join(resolve(folder), "package.json"));
const emoji = load("emojibase-data/en/data.json") as Emoji[];
const { subgroups } = load("emojibase-data/meta/groups.json") as { subgroups: Record<string, string> };

const novel = new Set(NOVEL_CLASSES.flatMap((each) => each.subgroups));
const rows = emoji
  .flatMap(({ label, hexcode, order, subgroup }) => {
    const group = subgroups[String(subgroup)];
    if (group === undefined || LEFT_OUT.has(group)) return [];
    return [{ code: hexcode.toLowerCase(), label: label.toLowerCase(), group, order: order ?? 0 }];
  })
  .sort((a, b) => a.order - b.order);
const concepts = [
  ...new Set(rows.filter(({ group }) => !novel.has(group)).map(({ label }) => conceptOf(label))),
].sort();
const order = stream(0, "mini-clip", "held-out").permutation(concepts.length);
const held = new Set([...order].slice(0, Math.round(HELD_OUT * concepts.length)).map((i) => concepts[i]));
const lines = rows.map(({ code, label, group }) => {
  const concept = conceptOf(label);
  const use = novel.has(group) ? "novel" : held.has(concept) ? "held-out" : "train";
  return [code, label, concept, group, use].join("\t");
});
const target = fileURLToPath(new URL("../../tasks/clip/emoji.concepts.tsv", import.meta.url));
await writeFile(target, `${["code\tname\tconcept\tsubgroup\tuse", ...lines].join("\n")}\n`);
console.log(
  `${rows.length} emoji, ${concepts.length} concepts outside the novel classes, ${held.size} held out`,
);
console.log((await readFile(target)).length, "bytes");
