// Where BERT's and RoBERTa's files come from: addresses and checksums. A file whose checksum has not been verified for this
// project is named here and refused, so that no unchecked number ever gets into a record.
import type { DataSource, SourceFile } from "#harness/data/source.ts";
import { RankbenchError } from "#harness/failure/error.ts";

const BERT_CITATION =
  "Devlin et al. 2019, BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding";

export const BERT_VOCABULARY_FILE = "vocab.txt";

/** The 30,522 pieces of the uncased models, of any size. */
export const bertVocabulary: DataSource = {
  id: "bert-vocabulary",
  title: "BERT's uncased WordPieces",
  licence: "Apache-2.0, Google",
  redistributable: true,
  citation: BERT_CITATION,
  homepage: "https://github.com/google-research/bert",
  files: [
    {
      name: BERT_VOCABULARY_FILE,
      sha256: "07eced375cec144d27c900241f3e339478dec958f92fddbc551f295c992038a3",
      bytes: 231_508,
      rows: 30_522,
      official: {
        url: "https://storage.googleapis.com/bert_models/2018_10_18/uncased_L-12_H-768_A-12.zip",
        packing: { kind: "zip", entry: "uncased_L-12_H-768_A-12/vocab.txt" },
      },
      mirror: {
        path: "vocab/bert-base-uncased-vocab.txt.gz",
        packing: "gzip",
        sha256: "fb360f1f62090f71339e89de3808ffde021892470f5724aeb369be6ecfb4c6d7",
        bytes: 110_507,
      },
    },
  ],
};

export const MERGES_FILE = "vocab.bpe";

/** GPT-2's merges, which RoBERTa's authors took over. */
export const gpt2Merges: DataSource = {
  id: "gpt2-merges",
  title: "GPT-2's byte pairs",
  licence: "modified MIT, OpenAI",
  redistributable: true,
  citation: "Radford et al. 2019, Language Models are Unsupervised Multitask Learners",
  homepage: "https://github.com/openai/gpt-2",
  files: [
    {
      name: MERGES_FILE,
      sha256: "1ce1664773c50f3e0cc8842619a93edc4624525b728b188a9e0be33b7726adc5",
      bytes: 456_318,
      official: {
        url: "https://openaipublic.blob.core.windows.net/gpt-2/encodings/main/vocab.bpe",
        packing: { kind: "none" },
      },
      mirror: {
        path: "vocab/gpt2-vocab.bpe.gz",
        packing: "gzip",
        sha256: "86730d562e6f911376bb0898183ffd8af823d08b1bee94875b34d5a85e874f3a",
        bytes: 210_858,
      },
    },
  ],
};

/** A file as its authors offer it. `pin` is null until somebody has verified a download: then the file is refused. */
interface ReleasedFile {
  readonly name: string;
  readonly url: string;
  readonly pin: Pick<SourceFile, "sha256" | "bytes"> | null;
}

export interface Release extends Omit<DataSource, "files" | "sample"> {
  readonly files: readonly ReleasedFile[];
}

export const CHECKPOINT_FILE = "model.safetensors";
export const VOCABULARY_FILE = "vocab.json";

const hub = (repository: string, name: string): string =>
  `https://huggingface.co/${repository}/resolve/main/${name}`;

export const BERT_BASE: Release = {
  id: "bert-base",
  title: "BERT-base, uncased",
  licence: "Apache-2.0, Google",
  redistributable: true,
  citation: BERT_CITATION,
  homepage: "https://huggingface.co/google-bert/bert-base-uncased",
  files: [{ name: CHECKPOINT_FILE, url: hub("google-bert/bert-base-uncased", CHECKPOINT_FILE), pin: null }],
};

export const ROBERTA_BASE: Release = {
  id: "roberta-base",
  title: "RoBERTa-base",
  licence: "MIT, Facebook AI",
  redistributable: true,
  citation: "Liu et al. 2019, RoBERTa: A Robustly Optimized BERT Pretraining Approach",
  homepage: "https://huggingface.co/FacebookAI/roberta-base",
  files: [CHECKPOINT_FILE, VOCABULARY_FILE].map((name) => ({
    name,
    url: hub("FacebookAI/roberta-base", name),
    pin: null,
  })),
};

/** The release as a source; mirror folders keep it as `backbones/<id>/`. Throws a `data` error for a file without a checksum. */
export function releaseSource(release: Release): DataSource {
  const files = release.files.map(({ name, url, pin }): SourceFile => {
    if (pin === null)
      throw new RankbenchError({
        reason: "data",
        thing: `backbone ${release.id}`,
        problem: `no checksum of its ${name} has been verified yet, and a file that cannot be checked is not read`,
        field: `sha256 of ${name}`,
        value: null,
        wanted: `the checksum of a verified download from ${url}`,
        next: "write it with the file's size into tasks/models/bert-sources.ts, or choose another scale with --scale small",
      });
    return {
      name,
      ...pin,
      official: { url, packing: { kind: "none" } },
      mirror: { path: `backbones/${release.id}/${name}`, packing: "none" },
    };
  });
  return { ...release, files };
}
