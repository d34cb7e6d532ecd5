// What the upstream suite of TensorFlow.js is not asked, and why. Data only; every line needs its reason.

export interface ExcludedFiles {
  /** Start of the path below @tensorflow/tfjs-core/dist. */
  readonly startsWith: string;
  readonly reason: string;
}

/** Files about other things than what an engine computes. */
export const EXCLUDED_FILES: readonly ExcludedFiles[] = [
  {
    startsWith: "io/",
    reason: "saving and loading of models in browsers and over HTTP: no tensors are computed",
  },
  { startsWith: "platforms/", reason: "the browser platform" },
  { startsWith: "browser_util_test", reason: "browser animation frames" },
  { startsWith: "device_util_test", reason: "detection of mobile browsers" },
  { startsWith: "environment_test", reason: "parsing of tfjs's own flags" },
  { startsWith: "flags_test", reason: "defaults of tfjs's own flags" },
  { startsWith: "jasmine_util_test", reason: "the test tool of the suite itself" },
  { startsWith: "kernel_registry_test", reason: "the registry of kernels, which no engine implements" },
  { startsWith: "version_test", reason: "the version number" },
  { startsWith: "ops/from_pixels", reason: "pixels of browser canvases" },
  { startsWith: "ops/browser_test", reason: "drawing on browser canvases" },
];

export interface ExcludedTest {
  /** Full name of the test as jasmine reports it, without the name of the environment. */
  readonly name: string;
  readonly reason: string;
}

/** Tests that engine onnx is not asked. */
export const EXCLUDED_TESTS: readonly ExcludedTest[] = [
  {
    name: "avgPool gradient x=[3,3,1] f=[3,3] s=1 p=explicit",
    reason:
      "expects the whole window as divisor at padded borders, where tfjs's own forward divides by the covered count: " +
      "not the gradient of the function (ours agrees with finite differences)",
  },
  {
    name: "conv2dTranspose input=8x8x8,output=4x4x8,f=8,s=1,inDepth=8,p=same vec4",
    reason:
      "dy is larger than the output of the convolution it belongs to; the cpu backend ignores the surplus silently",
  },
  {
    name: "exp int32",
    reason:
      "exp(10) compared in double precision: the nearest but one float32, one unit in the last place away",
  },
  {
    name: "tan numbers exceed float32 precision",
    reason: "tan beside its pole: one unit in the last place of float32 at 30144",
  },
];
