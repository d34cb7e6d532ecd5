import { expect, it } from "vitest";
import { renderCsv } from "./csv.ts";

it("a table has CR LF lines, quoted cells where RFC 4180 wants them, and empty cells for no value", () => {
  expect(
    renderCsv(
      ["a", 'say "b"'],
      [
        [1.5, "x,y"],
        [null, "two\nlines"],
        [-2, "plain"],
      ],
    ),
  ).toBe('a,"say ""b"""\r\n1.5,"x,y"\r\n,"two\nlines"\r\n-2,plain\r\n');
});

it("text that a spreadsheet would run is kept from it, numbers are not touched", () => {
  expect(renderCsv(["x"], [["=1+1"], ["@cmd"], [-1]])).toBe("x\r\n'=1+1\r\n'@cmd\r\n-1\r\n");
});
