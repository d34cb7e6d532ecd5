// Fashion-MNIST: the official files, the folder of Debian's package, a mirror's first 10,000 training images, and an
// embedded stand-in.
import type { DataSource } from "#harness/data/source.ts";
import { IDX_FILES } from "./idx.rows.ts";

const ADDRESS = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com";

const official = (name: string, sha256: string, bytes: number) => ({
  url: `${ADDRESS}/${name}.gz`,
  packing: { kind: "gzip" } as const,
  sha256,
  bytes,
});

/** Debian's `dataset-fashion-mnist` puts the files below share/datasets, which is then a mirror folder. */
const debian = (name: string) => ({ path: `fashion-mnist/${name}.gz`, packing: "gzip" }) as const;

export const fashionMnistSource: DataSource = {
  id: "image-fashion-mnist",
  title: "Fashion-MNIST (60,000 + 10,000 grey images of clothing, 28 x 28)",
  licence: "MIT",
  redistributable: true,
  citation:
    "Xiao, Rasul and Vollgraf 2017, Fashion-MNIST: a Novel Image Dataset for Benchmarking Machine Learning Algorithms",
  homepage: "https://github.com/zalandoresearch/fashion-mnist",
  files: [
    {
      name: IDX_FILES.trainImages,
      sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
      bytes: 47_040_016,
      rows: 60_000,
      official: official(
        IDX_FILES.trainImages,
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        26_421_880,
      ),
      wholeMirror: debian(IDX_FILES.trainImages),
      mirror: {
        path: "fashion-mnist/train-first10k-images-idx3-ubyte.gz",
        packing: "gzip",
        sha256: "1be733b5e3563a3e09249eaf2860ab906050f4ad092514fd69643a971f092eef",
        bytes: 4_347_397,
        content: {
          sha256: "ed2e37ed5a3a57d212141a69fe0a0de5a7126ffba14ac3f7e76f5f52cc04b1f0",
          bytes: 7_840_016,
          rows: 10_000,
        },
      },
    },
    {
      name: IDX_FILES.trainLabels,
      sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
      bytes: 60_008,
      rows: 60_000,
      official: official(
        IDX_FILES.trainLabels,
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        29_515,
      ),
      wholeMirror: debian(IDX_FILES.trainLabels),
      mirror: {
        path: "fashion-mnist/train-first10k-labels-idx1-ubyte.gz",
        packing: "gzip",
        sha256: "61a6840eba903a1624db1cd180742787f58a96a5d569dcbab532ea0bbd943a75",
        bytes: 5_112,
        content: {
          sha256: "a69f2dad024ca220a8c4d85f621fdf929042d40c444abde2868903e9220ad517",
          bytes: 10_008,
          rows: 10_000,
        },
      },
    },
    {
      name: IDX_FILES.testImages,
      sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
      bytes: 7_840_016,
      rows: 10_000,
      official: official(
        IDX_FILES.testImages,
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        4_422_102,
      ),
      mirror: {
        ...debian(IDX_FILES.testImages),
        sha256: "cc1d090a38ace84dfa1aa66e3ada7c336ef481a96936906477e6dd344da56eaa",
        bytes: 4_422_079,
      },
    },
    {
      name: IDX_FILES.testLabels,
      sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
      bytes: 10_008,
      rows: 10_000,
      official: official(
        IDX_FILES.testLabels,
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        5_148,
      ),
      mirror: {
        ...debian(IDX_FILES.testLabels),
        sha256: "8d3605d196f4be44669e46906da9733c8131fef761fdbfec72c424d5222f1a05",
        bytes: 5_125,
      },
    },
  ],
  sample: {
    licence: "MIT, made by scripts/samples/image.ts",
    files: {
      [IDX_FILES.trainImages]: new URL("./fashion-mnist.sample.train-images.idx.gz", import.meta.url),
      [IDX_FILES.trainLabels]: new URL("./fashion-mnist.sample.train-labels.idx.gz", import.meta.url),
      [IDX_FILES.testImages]: new URL("./fashion-mnist.sample.test-images.idx.gz", import.meta.url),
      [IDX_FILES.testLabels]: new URL("./fashion-mnist.sample.test-labels.idx.gz", import.meta.url),
    },
  },
};
