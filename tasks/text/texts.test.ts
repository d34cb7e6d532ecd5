// What text tasks do to raw texts before tokens are made: posts without what gives the group away, articles without markup.
import { describe, expect, it } from "vitest";
import { cleanArticle } from "./agnews.articles.ts";
import { ownWords } from "./newsgroups20.posts.ts";
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
