// Tiny Shakespeare: one text, and its beginning as the embedded sample.
import type { DataSource } from "#harness/data/source.ts";

export const tinyshakespeareSource: DataSource = {
  id: "lm-tinyshakespeare",
  title: "Tiny Shakespeare (1,115,394 characters of Shakespeare's plays)",
  licence: "public domain",
  redistributable: true,
  citation: "Karpathy 2015, char-rnn",
  homepage: "https://github.com/karpathy/char-rnn",
  files: [
    {
      name: "input.txt",
      sha256: "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
      bytes: 1_115_394,
      rows: 40_000,
      official: {
        url: "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
        packing: { kind: "none" },
      },
      mirror: {
        path: "lm-tinyshakespeare/input.txt.gz",
        packing: "gzip",
        sha256: "13125fe8f49092165d7d489e3944db52d1ba546e64a60080cc9523bcd0c5e46a",
        bytes: 433_884,
      },
    },
  ],
  sample: {
    licence: "public domain: the beginning of the text itself",
    files: { "input.txt": new URL("./tinyshakespeare.sample.txt", import.meta.url) },
  },
};
