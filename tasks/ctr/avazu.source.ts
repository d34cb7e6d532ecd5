// Avazu click-through: 8,999 rows of the first hour, in the original form, and their embedded stand-in. The official files
// need a login, so that nothing offers them for download.
import type { Content, DataSource, SourceFile } from "#harness/data/source.ts";

const part = (name: string, content: Required<Content>, stored: Omit<Content, "rows">): SourceFile => ({
  name,
  ...content,
  // Content stated again, so that it is called a part of the data set.
  mirror: { path: `ctr-avazu-sample/${name}.gz`, packing: "gzip", ...stored, content },
});

export const avazuSource: DataSource = {
  id: "ctr-avazu",
  title: "Avazu Click-Through Rate Prediction (8,999 rows of the first hour)",
  licence: "Kaggle competition rules: research use, no redistribution",
  redistributable: false,
  citation: "Avazu 2014, Click-Through Rate Prediction (Kaggle competition)",
  homepage: "https://www.kaggle.com/c/avazu-ctr-prediction/data",
  files: [
    part(
      "train.csv",
      {
        sha256: "49fb8cdcadfd9030a6fcb8cd97fe8205d94b84723ee8292e229d741ce1362e4f",
        bytes: 1_253_029,
        rows: 8_087,
      },
      { sha256: "08dc765e89f615bd07a280c3f0d58178850c018cc43a34382d4e550e1960f6cb", bytes: 238_119 },
    ),
    part(
      "dev.csv",
      {
        sha256: "1dbd14ef356202a106766d175ab20dfa182838c8cf77e6b018dd18df05c7e757",
        bytes: 74_359,
        rows: 480,
      },
      { sha256: "ce911f1b9e1f89b9858e8af7487e000bd8a2118d437ef3df924a840ffe8f4487", bytes: 15_314 },
    ),
    part(
      "test.csv",
      {
        sha256: "9c81e37b0766fb1daa430706c0c8188046e6daf6a295ab667687d87dada32f35",
        bytes: 66_976,
        rows: 432,
      },
      { sha256: "58286e679b003d96b914d4ab047a22d385e8f01ba2f3ced8c36e119fae4825ec", bytes: 13_861 },
    ),
  ],
  sample: {
    licence: "MIT, made by scripts/samples/ctr.ts",
    files: {
      "train.csv": new URL("./avazu.sample.train.csv", import.meta.url),
      "dev.csv": new URL("./avazu.sample.dev.csv", import.meta.url),
      "test.csv": new URL("./avazu.sample.test.csv", import.meta.url),
    },
  },
};
