// OpenAI's CLIP ViT-B/16 as a backbone: where its checkpoint and vocabulary are looked for, and what pictures it takes.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { readBytes } from "#harness/data/content.ts";
import { cacheFolder, mirrorFolders } from "#harness/data/folders.ts";
import { resolveSource } from "#harness/data/resolve.ts";
import type { DataSource } from "#harness/data/source.ts";
import { ClipTokenizer } from "#harness/data/tokenizers/clip-bpe.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import type { ClipBackbone } from "./clip.ts";
import { parseClipCheckpoint } from "./clip-checkpoint.ts";
import { ClipModel } from "./clip-model.ts";
import { place } from "./clip-parts.ts";
import { ClipImage, type ClipShape, ClipText, clipPlaces } from "./clip-towers.ts";

const VIT_B16: ClipShape = {
  pixels: 224,
  patch: 16,
  image: { blocks: 12, heads: 12 },
  text: { blocks: 12, heads: 8 },
};

const VOCABULARY_FILE = "bpe_simple_vocab_16e6.txt";

export const clipVocabulary: DataSource = {
  id: "clip-vocabulary",
  title: "CLIP's byte pairs",
  licence: "MIT, OpenAI",
  redistributable: true,
  citation: "Radford et al. 2021, Learning Transferable Visual Models From Natural Language Supervision",
  homepage: "https://github.com/openai/CLIP",
  files: [
    {
      name: VOCABULARY_FILE,
      sha256: "67603cfda2e032ad77b5f8808af37789d590db664b26df8705d2bf8b3c553fc8",
      bytes: 3_194_984,
      official: {
        url: "https://github.com/openai/CLIP/raw/main/clip/bpe_simple_vocab_16e6.txt.gz",
        packing: { kind: "gzip" },
        sha256: "924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a",
        bytes: 1_356_917,
      },
      mirror: {
        path: "vocab/bpe_simple_vocab_16e6.txt.gz",
        packing: "gzip",
        sha256: "924691ac288e54409236115652ad4aa250f48203de50a9e4722a6ecd48d6804a",
        bytes: 1_356_917,
      },
    },
  ],
};

/** CLIP's tokenizer with its published vocabulary. */
export async function readClipTokenizer(): Promise<ClipTokenizer> {
  const { files } = await resolveSource(clipVocabulary);
  const file = files.get(VOCABULARY_FILE);
  if (file === undefined) throw new Error(`source ${clipVocabulary.id} has no ${VOCABULARY_FILE}`);
  return new ClipTokenizer(new TextDecoder().decode(await readBytes(file)), file.path);
}

const CHECKPOINT = join("backbones", "clip-vit-base-patch16", "model.safetensors");

/**
 * The checkpoint from the cache or a mirror folder. It is never downloaded: no checksum of it has been verified by this
 * project yet, and a file that cannot be checked is not fetched. Names and shapes are checked when it is read.
 */
async function readCheckpoint(): Promise<{ readonly bytes: Uint8Array; readonly path: string }> {
  const places = [cacheFolder(), ...mirrorFolders()].map((folder) => join(folder, CHECKPOINT));
  for (const path of places) {
    const bytes = await readFile(path).catch(() => null);
    if (bytes !== null) return { bytes: new Uint8Array(bytes), path };
  }
  throw new RankbenchError({
    reason: "data",
    thing: "backbone clip-vit-b16",
    problem: "its checkpoint is not on this machine",
    field: "file",
    value: null,
    wanted: `model.safetensors of openai/clip-vit-base-patch16 (about 600 MB) as ${places.join(" or ")}`,
    next: "put the file there, or choose another scale with --scale small",
  });
}

export const openAiClip: ClipBackbone = {
  input: {
    side: VIT_B16.pixels,
    mean: [0.48145466, 0.4578275, 0.40821073],
    spread: [0.26862954, 0.26130258, 0.27577711],
  },
  places(named) {
    const { image, text } = clipPlaces(VIT_B16);
    return [...image, ...(named ? text : []), place("head", "head")];
  },
  async model({ texts, outputs, init }) {
    const { bytes, path } = await readCheckpoint();
    const { weights, scale } = parseClipCheckpoint(bytes, path, VIT_B16);
    const image = new ClipImage(weights, VIT_B16);
    if (texts === null) return new ClipModel(image, { outputs, init });
    const tokenizer = await readClipTokenizer();
    const ids = texts.map((text) => tokenizer.encode(text));
    return new ClipModel(image, { text: new ClipText(weights, VIT_B16, ids), scale });
  },
};
