// What text tasks do to raw texts before tokens are made: posts without what gives the group away, articles without markup.
import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { ResolvedFile, ResolvedSource } from "#harness/data/source.ts";
import { TAR_END, tarFile } from "#harness/data/tar.ts";
import { failureOf } from "#harness/data/testing/failure.ts";
import { scratchFolder } from "#harness/data/testing/scratch.ts";
import { cutByKeys, type KeyedRow } from "#tasks/encoding/rows.ts";
import { cleanArticle } from "./agnews.articles.ts";
import { parseSynset } from "./glosses.synsets.ts";
import { imdbReviews } from "./imdb.reviews.ts";
import { IMDB_FILES } from "./imdb.source.ts";
import { NEWSGROUPS, newsgroupPosts, ownWords } from "./newsgroups20.posts.ts";
import { NEWSGROUP_FILES } from "./newsgroups20.source.ts";
import { ownWords as mailWords, withoutReposts } from "./spam.mails.ts";
import { COARSE, coarseOf, FINE } from "./trec.questions.ts";

const post = (...lines: readonly string[]) => lines.join("\t");

describe("a newsgroup post", () => {
  it("loses header, quotations, the line that introduces them, and signature", () => {
    const text = post(
      "From: a@b.edu (A B)",
      "Subject: Re: hockey",
      "Organization: University of Ice",
      "",
      "In article <1@x> c@d.com writes:",
      ">the puck was in",
      "|> no it was not",
      "",
      "I saw it cross the line.",
      "Twice.",
      "--",
      "A B, University of Ice, a@b.edu",
    );
    expect(ownWords(text)).toBe("I saw it cross the line. Twice.");
  });

  it("loses header lines that follow a continuation begun by a tab", () => {
    const text = post("From: a@b.edu", "Keywords: x,", "", "Organization: Ice", "", "Own words.");
    expect(ownWords(text)).toBe("Own words.");
  });

  it("keeps everything where nothing sets a footer apart, and is empty where it only quotes", () => {
    expect(ownWords(post("From: a", "", "One line.", "Two lines."))).toBe("One line. Two lines.");
    expect(ownWords("From: a\n\n> quoted\n> more\n")).toBe("");
  });
});

describe("a news article", () => {
  it("gets its characters back and loses backslashes", () => {
    expect(cleanArticle("A second\\team competing for the  #36;10 prize; it #39;s on")).toBe(
      "A second team competing for the $10 prize; it's on",
    );
  });
});

describe("TREC's classes", () => {
  it("are 6 and 50, and every fine one belongs to a coarse one", () => {
    const coarse = COARSE.map(([label]) => label as string);
    expect([coarse.length, FINE.length, new Set(FINE).size]).toEqual([6, 50, 50]);
    expect([...new Set(FINE.map(coarseOf))]).toEqual(coarse);
  });
});

describe("a mail", () => {
  const words = (...body: readonly string[]) =>
    mailWords(Buffer.from(["From: list@x.org", "", ...body].join("\n")));

  it("loses header, the lines of a news gateway and the footers of lists and writers", () => {
    expect(words("URL: http://a.b/#1", "Date: Not supplied", "", "The news.", "More.")).toBe(
      "The news. More.",
    );
    expect(words("I agree.", "", "-- ", "A B, Ice Inc.")).toBe("I agree.");
    expect(words("Yes.", "_______________________________________________", "list@x.org")).toBe("Yes.");
    expect(words("> quoted", "Answer at 10:30")).toBe("> quoted Answer at 10:30");
    expect(words("", "")).toBe("");
  });

  it("counts once where it is sent again with other numbers, signs or another ending", () => {
    const row = (text: string) => ({ texts: [text] as const, target: 1 });
    const offer = "Lower your payment now! ".repeat(20);
    const kept = withoutReposts([
      row(`${offer}id 17`),
      row(`${offer.toUpperCase()} ref 99 zz`),
      row("Other"),
    ]);
    expect(kept.map(({ texts }) => texts[0].slice(0, 5))).toEqual(["Lower", "Other"]);
  });
});

describe("a synset of WordNet", () => {
  const parse = (text: string) => parseSynset(text, 7, "data.noun");

  it("gives its definition without examples, its file and its words", () => {
    expect(
      parse(
        '00003553 03 n 02 whole 0 Living_thing 0 002 @ 00002684 n 0000 + 01464634 v 0204 | an assemblage of parts; "how big?"; "a unit"  ',
      ),
    ).toEqual({ texts: ["an assemblage of parts"], target: 0, keys: ["word whole", "word living_thing"] });
    expect(parse("02772202 43 v 01 deflagrate 0 000 00 | cause to burn; rapidly  ")?.target).toBe(40);
  });

  it("is none in the licence's lines, and where only examples are", () => {
    expect(parse("  1 This software and database")).toBeNull();
    expect(parse('00000001 03 n 01 a 0 000 | "an example alone"')).toBeNull();
  });

  it.each([
    ["00000001 44 a 01 a 0 000 | an adjective", "cannot be read"],
    ["00000001 02 n 01 a 0 000 | no such file", "none of nouns and verbs"],
    ["00000001 03 n 0a a 0 000 | too few", "fewer words"],
    ["00000001 03 n 01 a 0 000 no bar", "cannot be read"],
  ])("is refused by file and line: %s", (text, problem) => {
    expect(() => parse(text)).toThrow(new RegExp(`data\\.noun[\\s\\S]*${problem}[\\s\\S]*line 7`));
  });
});

describe("splits by keys", () => {
  it("share no key and no text, whatever the rows share, and have their sizes where enough is left", () => {
    const rows = Array.from(
      { length: 600 },
      (_, i): KeyedRow => ({
        texts: [`text ${i % 500}`],
        target: 0,
        keys: [`a${i % 450}`, `b${Math.floor(i / 2)}`],
      }),
    );
    const preset = { trainRows: 200, validationRows: 30 } as Parameters<typeof cutByKeys>[2];
    const splits = cutByKeys(rows, 60, preset, "a name");
    expect([splits.test.length, splits.validation.length, splits.train.length]).toEqual([60, 30, 200]);
    const keys = (split: readonly unknown[]) =>
      new Set((split as readonly KeyedRow[]).flatMap((row) => [...row.keys, ...row.texts]));
    const [test, validation, train] = [splits.test, splits.validation, splits.train].map(keys);
    expect([...(validation ?? [])].filter((key) => test?.has(key))).toEqual([]);
    expect([...(train ?? [])].filter((key) => test?.has(key) || validation?.has(key))).toEqual([]);
    expect(cutByKeys(rows, 60, preset, "a name")).toEqual(splits);
    expect(cutByKeys(rows, 60, preset, "another")).not.toEqual(splits);
  });
});

describe("official archives", () => {
  const scratch = scratchFolder();
  const SMALL = { trainRows: 10 };
  const WHOLE = { trainRows: null };

  const fileAt = (name: string, path: string, part: boolean): [string, ResolvedFile] => [
    name,
    { name, variant: part ? "mirror" : "official", path, packing: "none", part, sha256: "", bytes: 0 },
  ];
  const sourceOf = (...files: readonly [string, ResolvedFile][]): ResolvedSource => ({
    id: "test",
    variant: "official",
    files: new Map(files),
    fingerprint: "",
    notice: null,
  });
  const digest = (id: string) => createHash("sha256").update(id).digest("hex");

  async function archive(name: string, entries: Readonly<Record<string, string>>): Promise<string> {
    const files = Object.entries(entries).map(([entry, text]) => tarFile(entry, Buffer.from(text, "latin1")));
    return scratch.put(name, gzipSync(Buffer.concat([...files, TAR_END])));
  }
  /** Lines as the mirror keeps them: in order of the SHA-256 of their ids. */
  const lines = (rows: readonly { readonly id: string; readonly label: number; readonly text: string }[]) =>
    [...rows]
      .sort((a, b) => (digest(a.id) < digest(b.id) ? -1 : 1))
      .map((row) => `${JSON.stringify(row)}\n`)
      .join("");

  it("of IMDB give the rows of a mirror's part in its order, and at full the rest as well", async () => {
    const reviews = ["train", "test"].flatMap((half) =>
      ["neg", "pos"].flatMap((kind, label) =>
        [0, 1, 7, 400, 1_249, 1_250, 9_000].map((number) => ({
          id: `${half}/${kind}/${number}_${2 + 6 * label}.txt`,
          label,
          text: `Review ${number}, ${kind}.<br /><br />In ${half}.`,
        })),
      ),
    );
    const path = await archive("aclImdb_v1.tar.gz", {
      "aclImdb/README": "read me",
      "aclImdb/train/unsup/0_0.txt": "no label",
      ...Object.fromEntries(reviews.map(({ id, text }) => [`aclImdb/${id}`, text])),
    });
    const official = sourceOf(fileAt(IMDB_FILES.train, path, false), fileAt(IMDB_FILES.test, path, false));
    const kept = (half: string, limit: number) =>
      reviews.filter(({ id }) => id.startsWith(half) && Number(/\/(\d+)_/.exec(id)?.[1]) < limit);
    const mirror = sourceOf(
      fileAt(IMDB_FILES.train, await scratch.put("train.jsonl", lines(kept("train", 1_250))), true),
      fileAt(IMDB_FILES.test, await scratch.put("test.jsonl", lines(kept("test", 500))), true),
    );
    const small = await imdbReviews(official, SMALL);
    expect([small.train.length, small.test.length]).toEqual([10, 8]);
    expect(small).toEqual(await imdbReviews(mirror, SMALL));
    const whole = await imdbReviews(official, WHOLE);
    expect([whole.train.length, whole.test.length]).toEqual([14, 14]);
    expect(whole.train[0]?.texts[0]).toMatch(/^Review \d+, (neg|pos)\. In train\.$/);
    expect((await failureOf(imdbReviews(mirror, WHOLE))).parts).toMatchObject({
      reason: "data",
      value: IMDB_FILES.train,
    });
    const other = await archive("other.tar.gz", { "x.txt": "x" });
    const none = sourceOf(fileAt(IMDB_FILES.train, other, false), fileAt(IMDB_FILES.test, other, false));
    expect((await failureOf(imdbReviews(none, SMALL))).message).toContain("none of the task's texts");
  });

  it("of 20 Newsgroups give the first posts of each group, without header and quotations", async () => {
    const groups = NEWSGROUPS.slice(0, 2);
    const posts = groups.flatMap((group, label) =>
      Array.from({ length: 160 }, (_, i) => ({
        id: `20news-bydate-train/${group}/${5_000 - i}`,
        label,
        text: `From: a@b.edu\nSubject: ${group}\n\n> quoted\nCaf\xe9 number ${i} of mine.\n`,
      })),
    );
    const tested = groups.map(
      (group) => [`20news-bydate-test/${group}/9`, "From: a\n\nIn the test.\n"] as const,
    );
    const path = await archive("20news-bydate.tar.gz", {
      ...Object.fromEntries(posts.map(({ id, text }) => [id, text])),
      ...Object.fromEntries(tested),
    });
    const official = sourceOf(
      fileAt(NEWSGROUP_FILES.train, path, false),
      fileAt(NEWSGROUP_FILES.test, path, false),
    );
    const test = tested.map(([id, text], label) => ({ id, label, text }));
    // The lowest 150 numbers of each group: the first ten made above have the highest.
    const first = posts.filter(({ id }) => Number(id.split("/")[2]) <= 4_990);
    const mirror = sourceOf(
      fileAt(NEWSGROUP_FILES.train, await scratch.put("train.jsonl", lines(first)), true),
      fileAt(NEWSGROUP_FILES.test, await scratch.put("test.jsonl", lines(test)), true),
    );
    const small = await newsgroupPosts(official, SMALL);
    expect([small.train.length, small.test.length]).toEqual([300, 2]);
    expect(small).toEqual(await newsgroupPosts(mirror, SMALL));
    expect(small.train[0]?.texts[0]).toMatch(/^Caf\u00e9 number \d+ of mine\.$/);
    expect((await newsgroupPosts(official, WHOLE)).train.length).toBe(320);
  });
});
