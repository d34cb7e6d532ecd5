// How good pre-training is: retrieval of emoji it never saw, and their class among all subgroups, style by style.
import type { Engine } from "#harness/engine/engine.ts";
import { keep, tensor, tidy } from "#harness/engine/tensor.ts";
import { EVALUATION } from "#harness/nn/pass.ts";
import { NOVEL_CLASSES } from "#tasks/clip/emoji.classes.ts";
import { emojiPrompt } from "#tasks/clip/emoji.prompt.ts";
import type { EmojiRow } from "#tasks/encoding/concepts.ts";
import { unitRows } from "#tasks/models/clip-model.ts";
import { MINI_CLIP, type MiniClipImage, type MiniClipText } from "#tasks/models/mini-clip.ts";
import { sentenceVectors } from "#tasks/models/sentence-vectors.ts";
import { drawInto } from "./mini-clip-augment.ts";
import { type Picture, STYLES } from "./mini-clip-pictures.ts";

export interface Judged {
  readonly engine: Engine;
  readonly image: MiniClipImage;
  readonly text: MiniClipText;
  readonly pictures: readonly Picture[];
  readonly rows: readonly EmojiRow[];
  readonly vectors: ReadonlyMap<string, Float32Array>;
}

const BATCH = 64;

async function pictureRows(image: MiniClipImage, pictures: readonly Picture[]): Promise<Float32Array> {
  const side = MINI_CLIP.pixels;
  const out = new Float32Array(pictures.length * MINI_CLIP.width);
  for (let from = 0; from < pictures.length; from += BATCH) {
    const some = pictures.slice(from, from + BATCH);
    const pixels = new Float32Array(some.length * side * side * 3);
    for (const [at, picture] of some.entries()) drawInto(pixels, at * side * side * 3, picture, side, null);
    const made = tidy(() =>
      keep(unitRows(image.encode({ pixels: tensor(pixels, [some.length, side, side, 3]) }, EVALUATION))),
    );
    out.set(await made.data<"float32">(), from * MINI_CLIP.width);
    made.dispose();
  }
  return out;
}

async function textRows(text: MiniClipText, vectors: Float32Array): Promise<Float32Array> {
  const { textWidth } = MINI_CLIP;
  const made = tidy(() =>
    keep(unitRows(text.encodeRows(tensor(vectors, [vectors.length / textWidth, textWidth]), EVALUATION))),
  );
  const out = (await made.data<"float32">()).slice();
  made.dispose();
  return out;
}

/** Share of pictures whose own text is among the `k` nearest of `texts`. */
function recall(pictures: Float32Array, texts: Float32Array, own: readonly number[], k: number): number {
  const { width } = MINI_CLIP;
  const cosine = (i: number, j: number) => {
    let sum = 0;
    for (let d = 0; d < width; d++)
      sum += (pictures[i * width + d] as number) * (texts[j * width + d] as number);
    return sum;
  };
  let hits = 0;
  for (const [i, right] of own.entries()) {
    const wanted = cosine(i, right);
    let better = 0;
    for (let j = 0; j < texts.length / width; j++) if (j !== right && cosine(i, j) > wanted) better++;
    if (better < k) hits++;
  }
  return (100 * hits) / own.length;
}

/** Lines for the log. */
export async function judge({ image, text, pictures, rows, vectors }: Judged): Promise<string[]> {
  const lines: string[] = [];
  const held = rows.filter(({ use }) => use === "held-out");
  const names = [...new Set(held.map(({ name }) => name))];
  const nameVectors = names.map(
    (name) => vectors.get(emojiPrompt(name)) ?? new Float32Array(MINI_CLIP.textWidth),
  );
  const nameRows = await textRows(text, Float32Array.from(nameVectors.flatMap((vector) => [...vector])));
  const classRows = await textRows(
    text,
    await sentenceVectors(NOVEL_CLASSES.map(({ name }) => emojiPrompt(name))),
  );
  for (const { name: style } of STYLES) {
    const own = pictures.filter((picture) => picture.style === style && picture.row.use === "held-out");
    const features = await pictureRows(image, own);
    const right = own.map(({ row }) => names.indexOf(row.name));
    const novel = pictures.flatMap((picture) => {
      const at = NOVEL_CLASSES.findIndex(({ subgroups }) => subgroups.includes(picture.row.subgroup));
      return picture.style === style && at >= 0 ? [{ picture, at }] : [];
    });
    const novelFeatures = await pictureRows(
      image,
      novel.map(({ picture }) => picture),
    );
    const [one, ten] = [1, 10].map((k) => recall(features, nameRows, right, k).toFixed(1));
    const zero = recall(
      novelFeatures,
      classRows,
      novel.map(({ at }) => at),
      1,
    );
    lines.push(
      `${style}: ${own.length} held-out emoji, R@1 / R@10 of ${names.length}: ${one} / ${ten} %; ${novel.length} pictures of novel classes, zero-shot ${NOVEL_CLASSES.length}-way: ${zero.toFixed(1)} %`,
    );
  }
  return lines;
}

/** Largest difference of a number of a unit feature between two image towers, over all pictures. */
export async function largestGap(
  pictures: readonly Picture[],
  a: MiniClipImage,
  b: MiniClipImage,
): Promise<string> {
  const [rows, others] = [await pictureRows(a, pictures), await pictureRows(b, pictures)];
  return rows.reduce((most, x, at) => Math.max(most, Math.abs(x - (others[at] ?? 0))), 0).toExponential(1);
}
