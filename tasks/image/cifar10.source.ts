// CIFAR-10: the official archive, a mirror's subset decoded from JPEG copies, and an embedded stand-in. The hash of the
// archive as a whole is all that is recorded, so the archive itself is the file, once for each half that is read from it.
import type { DataSource } from "#harness/data/source.ts";

const NAME = "cifar-10-binary.tar.gz";

const ARCHIVE = {
  sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd",
  bytes: 170_052_171,
} as const;

export const CIFAR10_FILES = { train: `train-${NAME}`, test: `test-${NAME}` } as const;

const shared = {
  ...ARCHIVE,
  official: {
    url: `https://www.cs.toronto.edu/~kriz/${NAME}`,
    packing: { kind: "none" },
    ...ARCHIVE,
  },
  wholeMirror: { path: `cifar10/${NAME}`, packing: "none", ...ARCHIVE },
} as const;

export const cifar10Source: DataSource = {
  id: "image-cifar10",
  title: "CIFAR-10 (50,000 + 10,000 colour images of ten classes of things, 32 x 32)",
  licence: "none stated by its authors; used for research",
  redistributable: false,
  citation: "Krizhevsky 2009, Learning Multiple Layers of Features from Tiny Images",
  homepage: "https://www.cs.toronto.edu/~kriz/cifar.html",
  files: [
    {
      name: CIFAR10_FILES.train,
      ...shared,
      rows: 50_000,
      mirror: {
        path: "cifar10-subset/train_batch_small.bin.gz",
        packing: "gzip",
        sha256: "b8ac9a643992cfa5d8823134ce38730baf30962f36e037e3afa84a2060ea4189",
        bytes: 8_678_635,
        content: {
          sha256: "08cdf4b69b0f3e2733d251ba31be21083346cf18b4e33361014657b3f86970f0",
          bytes: 9_219_000,
          rows: 3_000,
        },
      },
    },
    {
      name: CIFAR10_FILES.test,
      ...shared,
      rows: 10_000,
      mirror: {
        path: "cifar10-subset/test_batch_small.bin.gz",
        packing: "gzip",
        sha256: "49b13eda9dd7fc5d6b88b943fe5221595e27580da5ad1ad9e306f8f91868c7e6",
        bytes: 2_885_750,
        content: {
          sha256: "3e65fa10bbab03d9fed78763af2f3c0ab2a1c60cda0656442cf76e15abef7941",
          bytes: 3_073_000,
          rows: 1_000,
        },
      },
    },
  ],
  sample: {
    licence: "MIT, made by scripts/samples/image.ts",
    files: {
      [CIFAR10_FILES.train]: new URL("./cifar10.sample.train.bin.gz", import.meta.url),
      [CIFAR10_FILES.test]: new URL("./cifar10.sample.test.bin.gz", import.meta.url),
    },
  },
};
