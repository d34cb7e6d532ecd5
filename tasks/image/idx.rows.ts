// Images and labels of the MNIST family: four IDX files of a source, read in pairs and held against each other.
import { readIdx } from "#harness/data/idx.ts";
import type { ResolvedFile, ResolvedSource } from "#harness/data/source.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import type { ImageRows } from "#tasks/encoding/image-rows.ts";
import { fileOf } from "#tasks/encoding/read-rows.ts";

/** Names of the files, as their authors give them. */
export const IDX_FILES = {
  trainImages: "train-images-idx3-ubyte",
  trainLabels: "train-labels-idx1-ubyte",
  testImages: "t10k-images-idx3-ubyte",
  testLabels: "t10k-labels-idx1-ubyte",
} as const;

const SIDE = 28;
const CLASSES = 10;

function refuse(file: ResolvedFile, problem: string, field: string, value: unknown, wanted: string) {
  return new RankbenchError({
    reason: "data",
    thing: `file ${file.path}`,
    problem,
    field,
    value,
    wanted,
    next: "get undamaged copies of both files: bench data verify says which copies are good",
  });
}

/** Images with their labels. Throws a `data` error for other sizes, another count of labels, and a label above 9. */
export async function idxPair(images: ResolvedFile, labels: ResolvedFile): Promise<ImageRows> {
  const { shape, data: pixels } = await readIdx(images, 3);
  const [count = 0, height = 0, width = 0] = shape;
  if (height !== SIDE || width !== SIDE)
    throw refuse(images, "its images have another size", "pixels", `${height} x ${width}`, "28 x 28");
  const { data: classes } = await readIdx(labels, 1);
  if (classes.length !== count)
    throw refuse(labels, "it has not one label an image", "labels", classes.length, `${count}`);
  const wrong = classes.findIndex((label) => label >= CLASSES);
  if (wrong >= 0)
    throw refuse(labels, "a label is none of the classes", `label ${wrong}`, classes[wrong], "0 to 9");
  return { height, width, channels: 1, pixels, labels: classes };
}

/** Both official halves, or the parts of them that a mirror has. Throws `data` and `storage` errors. */
export async function idxRows(
  source: ResolvedSource,
): Promise<{ readonly train: ImageRows; readonly test: ImageRows }> {
  const pair = (images: string, labels: string) => idxPair(fileOf(source, images), fileOf(source, labels));
  return {
    train: await pair(IDX_FILES.trainImages, IDX_FILES.trainLabels),
    test: await pair(IDX_FILES.testImages, IDX_FILES.testLabels),
  };
}
