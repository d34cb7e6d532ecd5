// The models of the engine benchmark, in the order of its table.
import { cnn } from "./cnn.ts";
import { deepfm } from "./deepfm.ts";
import { embedding } from "./embedding.ts";
import { gru } from "./gru.ts";
import { mlp } from "./mlp.ts";
import type { PerfSpec } from "./model.ts";
import { transformer, transformerLarge } from "./transformer.ts";

export const PERF_MODELS: readonly PerfSpec[] = [
  mlp,
  transformer,
  transformerLarge,
  cnn,
  deepfm,
  gru,
  embedding,
];
