// The weights of the small vision transformer: vit.safetensors beside this file, float16, made by
// scripts/backbones/image-vit.ts on Fashion-MNIST. vit.log.txt is the log of that run, with the checksum that is held here.
import type { Weights } from "./clip-parts.ts";
import { readShippedWeights } from "./shipped-weights.ts";

export const VIT_SHA256 = "b196d535f3303f4b846bbe80b0f9196ec05b2d732c25328d20211825d9995b3e";

/** The pre-trained weights. Throws a `data` error when the file is not the one that was committed. */
export async function readVitWeights(): Promise<Weights> {
  return (await readShippedWeights("vit.safetensors", VIT_SHA256)).weights;
}
