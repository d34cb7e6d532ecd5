// Image backbones by id. Those for convolutions start from scratch; the vision transformer is pre-trained.
import { unknownName } from "#harness/failure/suggest.ts";
import type { Model } from "#harness/nn/model.ts";
import type { LinearPlace } from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import { LENET_INPUT, LENET_PLACES, LeNet } from "./lenet.ts";
import { RESNET_INPUT, ResNet, resnetPlaces } from "./resnet.ts";
import { VIT_INPUT, VIT_PLACES, VisionTransformer } from "./vit.ts";
import { readVitWeights } from "./vit-weights.ts";

interface ModelOptions {
  /** Classes. */
  readonly outputs: number;
  readonly init: Stream;
}

interface ImageBackbone {
  readonly places: readonly LinearPlace[];
  readonly input: typeof LENET_INPUT | typeof RESNET_INPUT | typeof VIT_INPUT;
  classifier(options: ModelOptions): Promise<Model>;
}

/** Blocks a stage of ResNet-20: 6 n + 2 = 20. */
const RESNET20 = 3;

const BACKBONES: ReadonlyMap<string, ImageBackbone> = new Map<string, ImageBackbone>([
  ["lenet", { places: LENET_PLACES, input: LENET_INPUT, classifier: async (options) => new LeNet(options) }],
  [
    "resnet20",
    {
      places: resnetPlaces(RESNET20),
      input: RESNET_INPUT,
      classifier: async (options) => new ResNet({ perStage: RESNET20, ...options }),
    },
  ],
  [
    "vit-tiny",
    {
      places: VIT_PLACES,
      input: VIT_INPUT,
      classifier: async (options) => new VisionTransformer({ weights: await readVitWeights(), ...options }),
    },
  ],
]);

function backbone(id: string): ImageBackbone {
  const found = BACKBONES.get(id);
  if (found === undefined)
    throw unknownName({ reason: "usage", kind: "backbone", name: id, known: [...BACKBONES.keys()] });
  return found;
}

/** Input `pixels` [B, side, side, channels]; one score a class. */
export const imageBackbones = {
  places: (id: string): readonly LinearPlace[] => backbone(id).places,
  input: (id: string) => backbone(id).input,
  model: (id: string, options: ModelOptions): Promise<Model> => backbone(id).classifier(options),
};
