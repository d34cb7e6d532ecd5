import { describe, expect, it } from "vitest";
import { readableText } from "./mail.ts";

const mail = (...lines: readonly string[]) => Buffer.from(lines.join("\n"), "latin1");

describe("the text of a mail", () => {
  it("is the body of a plain one, in UTF-8 or in Windows-1252 by what its bytes are", () => {
    const head = ["Subject: x", "Content-Type: text/plain; charset=us-ascii", ""];
    expect(readableText(mail(...head, "caf\xc3\xa9"))).toBe("caf\u00e9");
    expect(readableText(mail(...head, "caf\xe9 \x96 \x80 5"))).toBe("caf\u00e9 \u2013 \u20ac 5");
    expect(readableText(Buffer.from("Subject: x\r\n\r\none\r\ntwo\r\n"))).toBe("one\ntwo\n");
  });

  it("is unpacked from quoted-printable and from base64", () => {
    const part = (encoding: string, ...body: readonly string[]) =>
      readableText(mail(`Content-Transfer-Encoding: ${encoding}`, "Content-Type: text/plain", "", ...body));
    expect(part("Quoted-Printable", "a soft =", "line=2C =E2=82=AC5")).toBe("a soft line, \u20ac5");
    expect(part("base64", Buffer.from("hello there").toString("base64"))).toBe("hello there");
  });

  it("is the plain part of several, also inside others, and HTML only where there is no plain one", () => {
    const html = ["--in", "Content-Type: text/html", "", "<p>shown</p>"];
    const nested = (...parts: readonly string[]) =>
      readableText(
        mail(
          "Content-Type: multipart/mixed;",
          '\tboundary="out"',
          "",
          "preamble",
          "--out",
          "Content-Type: multipart/alternative; boundary=in",
          "",
          ...html,
          ...parts,
          "--in--",
          "--out",
          "Content-Type: image/gif",
          "Content-Transfer-Encoding: base64",
          "",
          "R0lGODlh",
          "--out--",
          "epilogue",
        ),
      ).trim();
    expect(nested("--in", "", "plain")).toBe("plain");
    expect(nested()).toBe("shown");
  });

  it("has no tags, scripts, styles or comments of HTML in it, and its characters back", () => {
    const html =
      "<html><head><title>t</title><style>p { x }</style></head><body><!-- c\n --><p>Fish &amp; chips<br>&#163;5&nbsp;now</p><script>go()</script></body>";
    expect(
      readableText(mail("Content-Type: text/html", "", html))
        .trim()
        .split(/\s+/),
    ).toEqual(["Fish", "&", "chips", "\u00a35", "now"]);
    // Stated as plain text, and written as a page all the same.
    expect(readableText(mail("Subject: x", "", "<HTML><b>Hi</b></HTML>"))).toBe("Hi");
  });

  it("is empty for a picture, and for a mail that is its header alone", () => {
    expect(readableText(mail("Content-Type: image/jpeg", "", "xxxx"))).toBe("");
    expect(readableText(mail("Subject: x", "From: y"))).toBe("");
    expect(readableText(mail(""))).toBe("");
  });
});
