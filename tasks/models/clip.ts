// Image-text backbones by id: how a picture becomes numbers, how class texts are read, and the model they make.
import { RankbenchError } from "#harness/failure/error.ts";
import type { LinearPlace } from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import { ClipModel } from "./clip-model.ts";
import { openAiClip } from "./clip-openai.ts";
import { place, type Weights } from "./clip-parts.ts";
import { MINI_CLIP, MINI_CLIP_IMAGE, MINI_CLIP_TEXT, MiniClipImage, MiniClipText } from "./mini-clip.ts";
import { sentenceVectors } from "./sentence-vectors.ts";
import { readShippedWeights } from "./shipped-weights.ts";

export interface ClipOptions {
  /** The texts of the classes, as the text tower reads them; null where classes have no names. */
  readonly texts: readonly string[] | null;
  readonly outputs: number;
  /** Start of a head that is trained, where there are no texts. */
  readonly init: Stream;
}

export interface ClipBackbone {
  /** Side of a picture, and mean and spread of each channel's values between 0 and 1. */
  readonly input: {
    readonly side: number;
    readonly mean: readonly [number, number, number];
    readonly spread: readonly [number, number, number];
  };
  places(named: boolean): readonly LinearPlace[];
  model(options: ClipOptions): Promise<ClipModel>;
}

const HEAD: LinearPlace = place("head", "head");

/** mini-clip.log.txt is the log of the run that made them, and names this checksum. */
export const MINI_CLIP_SHA256 = "43952dac5120cc1a4b800d344f2e0c011d2bd89209ec22ff8d926e57a12144f9";

/** The weights that ship with the project, and the factor on cosines that they were trained with. */
async function readMiniClip(): Promise<{ readonly weights: Weights; readonly scale: number }> {
  const { weights, metadata } = await readShippedWeights("mini-clip.safetensors", MINI_CLIP_SHA256);
  const scale = Number(metadata.scale);
  if (!(scale > 0)) throw new Error("mini-clip.safetensors: no scale");
  return { weights, scale };
}

/** Mini-CLIP of any weights: those that ship, or others of the same form. */
export async function miniClip(
  { weights, scale }: { readonly weights: Weights; readonly scale: number },
  { texts, outputs, init }: ClipOptions,
): Promise<ClipModel> {
  const image = new MiniClipImage(weights);
  if (texts === null) return new ClipModel(image, { outputs, init });
  return new ClipModel(image, { text: new MiniClipText(weights, await sentenceVectors(texts)), scale });
}

const MINI: ClipBackbone = {
  input: { side: MINI_CLIP.pixels, mean: [0.5, 0.5, 0.5], spread: [0.5, 0.5, 0.5] },
  places: (named) => [...MINI_CLIP_IMAGE, ...(named ? MINI_CLIP_TEXT : []), HEAD],
  model: async (options) => miniClip(await readMiniClip(), options),
};

const BACKBONES: ReadonlyMap<string, ClipBackbone> = new Map<string, ClipBackbone>([
  ["mini-clip", MINI],
  // For classes without names: the image tower and a head, which other rates suit than a text tower.
  ["mini-clip-image", MINI],
  ["clip-vit-b16", openAiClip],
]);

/** The backbone of that id. */
export function clipBackbone(id: string): ClipBackbone {
  const found = BACKBONES.get(id);
  if (found === undefined)
    throw new RankbenchError({
      reason: "unsupported",
      thing: `backbone ${id}`,
      problem: "it is no image-text model of this version",
      wanted: [...BACKBONES.keys()].join(", "),
      next: "choose another scale with --scale small",
    });
  return found;
}
