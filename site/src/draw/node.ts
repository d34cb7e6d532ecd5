// A drawing as plain data: elements, attributes, text. Made alike while the site is built and in the browser; the build
// writes it as text, the browser makes elements of it (client/elements.ts). No DOM and no results belong here.

export interface DrawNode {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string | number>>;
  readonly children: readonly (DrawNode | string)[];
}

export const draw = (
  name: string,
  attributes: DrawNode["attributes"],
  ...children: DrawNode["children"]
): DrawNode => ({ name, attributes, children });

/** A length as text, to a tenth of a unit. */
export const length = (value: number): string => String(Math.round(value * 10) / 10);

export const attributeText = (value: string | number): string =>
  typeof value === "number" ? length(value) : value;

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
};
const escaped = (text: string): string => text.replace(/[&<>"]/g, (character) => ESCAPES[character] ?? "");

/** The drawing as markup. Text and attributes are escaped, so that a name from a record can never become an element. */
export function markup(node: DrawNode): string {
  const attributes = Object.entries(node.attributes)
    .map(([key, value]) => ` ${key}="${escaped(attributeText(value))}"`)
    .join("");
  const inner = node.children.map((child) => (typeof child === "string" ? escaped(child) : markup(child)));
  return inner.length === 0
    ? `<${node.name}${attributes}/>`
    : `<${node.name}${attributes}>${inner.join("")}</${node.name}>`;
}
