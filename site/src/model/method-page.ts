// What the page of one method shows: what it is, how it is set, and its row on every board.
import { type ConfigField, type FieldSchema, fieldSchemas } from "#harness/method/config.ts";
import type { Method } from "#harness/method/contract.ts";
import { type Block, parseMarkdown } from "../lib/markdown.ts";
import { settingText } from "../lib/setting-text.ts";
import { paperEntry } from "./bibtex.ts";
import type { Board, BoardRow } from "./board.ts";
import { type Checkout, configFields, documentText } from "./checkout.ts";
import type { MethodClaims } from "./claims.ts";
import { type CostFormulas, costFormulas } from "./costs-by-formula.ts";

export interface MethodRef {
  readonly id: string;
  readonly title: string;
  readonly kind: string;
  readonly fidelity: string | null;
  readonly summary: string | null;
  readonly year: number | null;
  readonly families: readonly string[];
  /** Boards it has results on. */
  readonly boards: number;
}

export interface MethodPage extends MethodRef {
  readonly method: Method | null;
  /** Its README without the title. */
  readonly readme: readonly Block[];
  readonly fields: readonly (ConfigField & { readonly defaultText: string; readonly range: string })[];
  readonly results: readonly { readonly board: Board; readonly row: BoardRow }[];
  /** A command that runs it on the first task that it supports; null for a method of another checkout. */
  readonly command: string | null;
  readonly formulas: CostFormulas;
  /** Entry of its paper for BibTeX. */
  readonly bibtex: string | null;
  readonly claims: MethodClaims | null;
}

/** What the limits of a field are: `at least 1`, `above 0, below 1`; empty where it has none. */
function rangeOf({
  minimum,
  maximum,
  exclusiveMinimum,
  exclusiveMaximum,
  items,
  minItems,
}: FieldSchema): string {
  const inner = items === undefined ? "" : rangeOf(items);
  const bounds: readonly (readonly [string, number | undefined])[] = [
    ["at least", minimum],
    ["above", exclusiveMinimum],
    ["at most", maximum],
    ["below", exclusiveMaximum],
    ["items: at least", minItems],
  ];
  const told = bounds.flatMap(([word, value]) =>
    value === undefined || Math.abs(value) >= Number.MAX_SAFE_INTEGER ? [] : [`${word} ${value}`],
  );
  return [...told, ...(inner === "" ? [] : [`each ${inner}`])].join(", ");
}

export function methodRef(id: string, checkout: Checkout, boards: readonly Board[]): MethodRef {
  const method = checkout.methods.get(id);
  return {
    id,
    title: method?.title ?? id,
    kind: method?.kind ?? "unknown",
    fidelity: method?.fidelity ?? null,
    summary: method?.summary ?? null,
    year: method?.paper?.year ?? null,
    families: method?.families ?? [],
    boards: boards.filter(({ rows }) => rows.some((row) => row.method === id)).length,
  };
}

function readmeOf(id: string): Block[] {
  const text = documentText("methods", id, "README.md");
  if (text === null) return [];
  const blocks = parseMarkdown(text);
  const [first] = blocks;
  return first?.kind === "heading" && first.level === 1 ? blocks.slice(1) : blocks;
}

function commandOf(method: Method, checkout: Checkout): string {
  const task = [...checkout.tasks.values()].find(({ family }) => method.families.includes(family));
  return `pnpm bench --method ${method.id}${task === undefined ? "" : ` --task ${task.id}`}`;
}

export function methodPage(
  id: string,
  checkout: Checkout,
  boards: readonly Board[],
  claims: readonly MethodClaims[],
): MethodPage {
  const method = checkout.methods.get(id) ?? null;
  return {
    ...methodRef(id, checkout, boards),
    method,
    readme: method === null ? [] : readmeOf(id),
    fields:
      method === null
        ? []
        : configFields(method).map((field) => ({
            ...field,
            range: rangeOf(fieldSchemas(method)[field.name] ?? {}),
            defaultText: settingText(field.default),
          })),
    results: boards.flatMap((board) =>
      board.rows.filter((row) => row.method === id).map((row) => ({ board, row })),
    ),
    command: method === null ? null : commandOf(method, checkout),
    formulas: method === null ? { statements: [], source: [] } : costFormulas(id),
    bibtex: method?.paper == null ? null : paperEntry(id, method.paper),
    claims: claims.find((each) => each.method === id) ?? null,
  };
}
