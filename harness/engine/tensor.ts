// The tensor operations of the project are those of TensorFlow.js core; this is the only door to them.
// Everything above imports tensors from here, so that one tfjs instance is shared and its version is pinned in one place.
// tfjs core registers no gradient by itself, and its module that does cannot be loaded by Node; the bundle of
// @tensorflow/tfjs-layers registers all of them (33 ms) and is imported for that alone.
import "@tensorflow/tfjs-layers";

export * from "@tensorflow/tfjs-core";
