// What stand-ins of the worker say of the engine and the data that they do not have. In plain JavaScript, as they are.

export const engine = {
  name: "onnx",
  versions: { fake: "1.0.0" },
  provider: "cpu",
  threads: 1,
  optimisation: "all",
};

export const data = [
  { source: "glue-sst2", file: "sst2.sample.tsv", variant: "sample", sha256: "0".repeat(64), bytes: 1 },
];
