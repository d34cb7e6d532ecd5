// The tfjs kernels that engine onnx computes on the host through tfjs's cpu backend, and why each is no ONNX node. Data only.
// Such a kernel settles what was recorded and reads its inputs at once; none of them belongs into a training step.

const DYNAMIC = "the shape of its result depends on the data";
const TEXT = "it works on strings";
const RAGGED = "ragged shapes depend on the data";
const IMAGE = "image preparation without a matching ONNX operator, used before training only";
const MORPHOLOGY = "grey-scale morphology has no ONNX operator";
const FOURIER = "complex numbers; ONNX's DFT rounds differently per length";

export const HOST_KERNELS: Readonly<Record<string, string>> = {
  Bincount:
    "counts into bins chosen by the data; tfjs drops values out of range, ONNX's scatter refuses them",
  BroadcastArgs: "computes on shapes, which are data here",
  ComplexAbs: "complex numbers",
  CropAndResize: IMAGE,
  DenseBincount:
    "counts into bins chosen by the data; tfjs drops values out of range, ONNX's scatter refuses them",
  Dilation2D: MORPHOLOGY,
  Dilation2DBackpropFilter: MORPHOLOGY,
  Dilation2DBackpropInput: MORPHOLOGY,
  Draw: IMAGE,
  FFT: FOURIER,
  IFFT: FOURIER,
  MaxPoolWithArgmax:
    "ONNX's pooling indices count channels first, tfjs's channels last, with or without the batch",
  Multinomial: "draws with tfjs's own seeded generator, which must give the same numbers on every engine",
  NonMaxSuppressionV3: DYNAMIC,
  NonMaxSuppressionV4: DYNAMIC,
  NonMaxSuppressionV5: DYNAMIC,
  RaggedGather: RAGGED,
  RaggedRange: RAGGED,
  RaggedTensorToTensor: RAGGED,
  RotateWithOffset: IMAGE,
  SearchSorted: "a binary search per element has no ONNX operator",
  SparseFillEmptyRows: DYNAMIC,
  SparseReshape: "computes on shapes, which are data here",
  SparseSegmentMean: DYNAMIC,
  SparseSegmentSum: DYNAMIC,
  StaticRegexReplace: TEXT,
  StringNGrams: TEXT,
  StringSplit: TEXT,
  StringToHashBucketFast: TEXT,
  Transform: IMAGE,
  Unique: DYNAMIC,
};
