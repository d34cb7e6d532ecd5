// The weights of the small vision transformer: vit.safetensors beside this file, float16, made by
// scripts/backbones/image-vit.ts on Fashion-MNIST. vit.log.txt is the log of that run, with the checksum that is held here.
import type { Weights } from "./clip-parts.ts";
import { readShippedWeights } from "./shipped-weights.ts";

export const VIT_SHA256 = "b739c9fee85570e318182236cb070fc66f4c9a527b69c1b79f0eeed26a1277d5";

/** The pre-trained weights. Throws a `data` error when the file is not the one that was committed. */
export async function readVitWeights(): Promise<Weights> {
  return (await readShippedWeights("vit.safetensors", VIT_SHA256)).weights;
}
