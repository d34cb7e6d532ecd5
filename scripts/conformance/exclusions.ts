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
  /** Full name of the test as jasmine reports it, without the name of the environment; a part of it is enough. */
  readonly name: string;
  readonly reason: string;
}

/** Tests that engine onnx is not asked. */
export const EXCLUDED_TESTS: readonly ExcludedTest[] = [];
