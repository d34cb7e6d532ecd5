// One JSON value a line. Lines end at LF alone, so a raw U+2028 inside a string stays inside it on every Node version.
import { RankbenchError } from "#harness/failure/error.ts";
import { inputName, readLines, type TextInput } from "./text.ts";

export interface JsonLine {
  /** 1-based. */
  readonly line: number;
  /** Not yet checked: the caller's schema says what it must be. */
  readonly value: unknown;
}

/** The values in order; blank lines are passed over. Throws `data` errors with file and line. */
export async function* readJsonl(input: TextInput): AsyncGenerator<JsonLine> {
  for await (const { number, text } of readLines(input)) {
    if (text.trim() === "") continue;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (cause) {
      throw new RankbenchError({
        reason: "data",
        thing: `file ${inputName(input)}`,
        problem: "a line is not JSON",
        field: `line ${number}`,
        value: text,
        wanted: "one JSON value a line",
        cause,
      });
    }
    yield { line: number, value };
  }
}
