// What a method's costs are by formula: the statements that its tests hold to the measured counts, and the formula as its
// source has it. Reads text only.
import { documentText } from "./checkout.ts";

export interface CostFormulas {
  /** Statements on counts, each held to what is measured by a conformance check. */
  readonly statements: readonly string[];
  /** Pieces of the method's source that compute the declared costs. */
  readonly source: readonly string[];
}

const OPENING = "([{";
const CLOSING = ")]}";

/** The expression that starts at `from`, up to the comma or bracket that ends it. */
export function expressionAt(text: string, from: number): string {
  let depth = 0;
  for (let i = from; i < text.length; i++) {
    const character = text[i] ?? "";
    if (OPENING.includes(character)) depth++;
    if (CLOSING.includes(character) && --depth < 0) return text.slice(from, i).trimEnd();
    if (depth === 0 && (character === "," || character === ";")) return text.slice(from, i);
  }
  return text.slice(from).trimEnd();
}

/** The lines of a piece of source without the indentation that they share. */
function outdented(text: string): string {
  const [first = "", ...rest] = text.split("\n");
  const indents = rest
    .filter((line) => line.trim() !== "")
    .map((line) => line.length - line.trimStart().length);
  const least = indents.length === 0 ? 0 : Math.min(...indents);
  return [first, ...rest.map((line) => line.slice(least))].join("\n");
}

const FORMULA = /\b(?:declared|count):\s*/g;

/** The formulas in the text of a `method.ts`. */
export const formulasIn = (source: string): string[] =>
  [...source.matchAll(FORMULA)].map((match) =>
    outdented(
      source.slice(match.index, match.index + match[0].length) +
        expressionAt(source, match.index + match[0].length),
    ),
  );

interface CardTests {
  readonly tests?: readonly {
    readonly test?: string;
    readonly by?: readonly { readonly check?: string }[];
  }[];
}

export function costFormulas(method: string): CostFormulas {
  const card = documentText("methods", method, "card-tests.json");
  const { tests = [] } = (card === null ? {} : JSON.parse(card)) as CardTests;
  return {
    statements: tests.flatMap(({ test, by = [] }) =>
      test !== undefined && by.some(({ check }) => check === "costs") ? [test] : [],
    ),
    source: formulasIn(documentText("methods", method, "method.ts") ?? ""),
  };
}
