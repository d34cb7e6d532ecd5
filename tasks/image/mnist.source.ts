// MNIST: the official files, a mirror's first 10,000 training images, and an embedded stand-in.
import type { DataSource } from "#harness/data/source.ts";
import { IDX_FILES } from "./idx.rows.ts";

const official = (name: string, sha256: string, bytes: number) => ({
  url: `https://storage.googleapis.com/cvdf-datasets/mnist/${name}.gz`,
  packing: { kind: "gzip" } as const,
  sha256,
  bytes,
});

export const mnistSource: DataSource = {
  id: "image-mnist",
  title: "MNIST (60,000 + 10,000 grey images of handwritten digits, 28 x 28)",
  licence: "CC BY-SA 3.0 (as usually stated by its authors)",
  redistributable: true,
  citation: "LeCun, Bottou, Bengio and Haffner 1998, Gradient-Based Learning Applied to Document Recognition",
  homepage: "http://yann.lecun.com/exdb/mnist/",
  files: [
    {
      name: IDX_FILES.trainImages,
      sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db",
      bytes: 47_040_016,
      rows: 60_000,
      official: official(
        IDX_FILES.trainImages,
        "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
        9_912_422,
      ),
      mirror: {
        path: "mnist/train-first10k-images-idx3-ubyte.gz",
        packing: "gzip",
        sha256: "36707bfd63bcc1baf911512db8f40af1940d9fc513cb862f99741a994da05181",
        bytes: 1_609_526,
        content: {
          sha256: "2889698e6bc3614913e76901316712919d1998fc2b44512451bfe65bc1e668b1",
          bytes: 7_840_016,
          rows: 10_000,
        },
      },
    },
    {
      name: IDX_FILES.trainLabels,
      sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5",
      bytes: 60_008,
      rows: 60_000,
      official: official(
        IDX_FILES.trainLabels,
        "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
        28_881,
      ),
      mirror: {
        path: "mnist/train-first10k-labels-idx1-ubyte.gz",
        packing: "gzip",
        sha256: "ddb336c35d26d6499f325832214cfd852954d037817de7f291d8e80ad0912b32",
        bytes: 4_997,
        content: {
          sha256: "651e38e2ac0632f5113ec18f1df4977117f953197819034009971a6675a0df78",
          bytes: 10_008,
          rows: 10_000,
        },
      },
    },
    {
      name: IDX_FILES.testImages,
      sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7",
      bytes: 7_840_016,
      rows: 10_000,
      official: official(
        IDX_FILES.testImages,
        "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
        1_648_877,
      ),
      mirror: {
        path: `mnist/${IDX_FILES.testImages}.gz`,
        packing: "gzip",
        sha256: "ba05d2d6e06f59dd97d2d5378250478bb5c9b64296a5c2681700569121e3a2d7",
        bytes: 1_648_877,
      },
    },
    {
      name: IDX_FILES.testLabels,
      sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2",
      bytes: 10_008,
      rows: 10_000,
      official: official(
        IDX_FILES.testLabels,
        "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
        4_542,
      ),
      mirror: {
        path: `mnist/${IDX_FILES.testLabels}.gz`,
        packing: "gzip",
        sha256: "94088eab8a64f51a9b34cc9716f54b6548ef8b2fd16ada6d1575091b933dbf4b",
        bytes: 4_542,
      },
    },
  ],
  sample: {
    licence: "MIT, made by scripts/samples/image.ts",
    files: {
      [IDX_FILES.trainImages]: new URL("./mnist.sample.train-images.idx.gz", import.meta.url),
      [IDX_FILES.trainLabels]: new URL("./mnist.sample.train-labels.idx.gz", import.meta.url),
      [IDX_FILES.testImages]: new URL("./mnist.sample.test-images.idx.gz", import.meta.url),
      [IDX_FILES.testLabels]: new URL("./mnist.sample.test-labels.idx.gz", import.meta.url),
    },
  },
};
