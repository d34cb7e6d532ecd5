// Text inside a Markdown paragraph: code, strong, emphasis, links. Anything else stays text.

export type Inline =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "code"; readonly text: string }
  | { readonly kind: "strong"; readonly content: readonly Inline[] }
  | { readonly kind: "emphasis"; readonly content: readonly Inline[] }
  | { readonly kind: "link"; readonly href: string; readonly content: readonly Inline[] };

/** Only addresses of the web and places on the same page become links; a file of the repository is named, not linked. */
const LINKED = /^(?:https?:\/\/|#)/;

interface Rule {
  readonly pattern: RegExp;
  make(match: RegExpExecArray): readonly Inline[];
}

const RULES: readonly Rule[] = [
  { pattern: /(`+)(.+?)\1(?!`)/, make: ([, , text]) => [{ kind: "code", text: (text ?? "").trim() }] },
  {
    pattern: /\*\*(?=\S)(.+?)(?<=\S)\*\*/,
    make: ([, text]) => [{ kind: "strong", content: parseInlines(text ?? "") }],
  },
  {
    pattern: /(?<![\w*])\*(?=[^\s*])([^*]+?)(?<=\S)\*(?![\w*])/,
    make: ([, text]) => [{ kind: "emphasis", content: parseInlines(text ?? "") }],
  },
  {
    pattern: /\[([^[\]]+)\]\(([^()\s]+)\)/,
    make: ([, text, href]) => {
      const content = parseInlines(text ?? "");
      return href !== undefined && LINKED.test(href) ? [{ kind: "link", href, content }] : content;
    },
  },
];

/** The parts of one line of text; the rule that matches first in the text wins, code before the others. */
export function parseInlines(text: string): readonly Inline[] {
  let first: { rule: Rule; match: RegExpExecArray } | undefined;
  for (const rule of RULES) {
    const match = rule.pattern.exec(text);
    if (match !== null && (first === undefined || match.index < first.match.index)) first = { rule, match };
  }
  if (first === undefined) return text === "" ? [] : [{ kind: "text", text }];
  const { rule, match } = first;
  const before = text.slice(0, match.index);
  const after = text.slice(match.index + match[0].length);
  return [
    ...(before === "" ? [] : [{ kind: "text", text: before } as const]),
    ...rule.make(match),
    ...parseInlines(after),
  ];
}
