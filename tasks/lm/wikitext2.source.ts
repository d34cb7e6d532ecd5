// WikiText-2: the official archive, which holds all three texts, and the test text by itself. A mirror has the validation
// text in the archive's place. And an embedded stand-in: texts in the same form.
import type { DataSource } from "#harness/data/source.ts";

const URL_OF_ARCHIVE = "https://s3.amazonaws.com/research.metamind.io/wikitext/wikitext-2-v1.zip";
const SHA256 = "92675f1d63015c1c8b51f1656a52d5bdbc33aafa60cc47a218a66e7ee817488c";
const BYTES = 4_475_746;

/** The file that training and validation texts come from. */
export const TRAINING_FILE = "wikitext-2-v1.zip";
export const TEST_FILE = "wiki.test.tokens";

export const wikitextSource: DataSource = {
  id: "lm-wikitext2",
  title: "WikiText-2 (Wikipedia articles: 2.1 M, 218,000 and 246,000 words)",
  licence: "CC BY-SA 3.0 (Wikipedia)",
  redistributable: true,
  citation: "Merity et al. 2017, Pointer Sentinel Mixture Models",
  homepage: "https://huggingface.co/datasets/Salesforce/wikitext",
  files: [
    {
      // Taken whole: of the training text inside only the archive's own hash is known.
      name: TRAINING_FILE,
      sha256: SHA256,
      bytes: BYTES,
      official: { url: URL_OF_ARCHIVE, sha256: SHA256, bytes: BYTES, packing: { kind: "none" } },
      mirror: {
        path: "lm-wikitext-2/wiki.valid.tokens.gz",
        packing: "gzip",
        sha256: "3cdd8cb5bb349a05840c7c3bef9578d90d64df77e27e0c25c033ba9342757ee3",
        bytes: 373_475,
        content: {
          sha256: "f0737ed31fc1329026e95cb8b98e19c2a182c39c240ab909dc31abf2f8af58e8",
          bytes: 1_121_681,
          rows: 3_760,
        },
      },
    },
    {
      name: TEST_FILE,
      sha256: "d790b833ef8cf03a90db7bf1271b7520b83c45ce07ba3c1a9699df81e239eca0",
      bytes: 1_256_449,
      rows: 4_358,
      official: {
        url: URL_OF_ARCHIVE,
        sha256: SHA256,
        bytes: BYTES,
        packing: { kind: "zip", entry: "wikitext-2/wiki.test.tokens" },
      },
      mirror: {
        path: "lm-wikitext-2/wiki.test.tokens.gz",
        packing: "gzip",
        sha256: "688887879b4b526692cb2e423a516dcc5f6584a01fd3f33a8e164fbed2de8090",
        bytes: 410_944,
      },
    },
  ],
  sample: {
    licence: "MIT, made by scripts/samples/wikitext.ts",
    files: {
      [TRAINING_FILE]: new URL("./wikitext2.sample.train.txt", import.meta.url),
      [TEST_FILE]: new URL("./wikitext2.sample.test.txt", import.meta.url),
    },
  },
};
