// Drawings and other plain data as elements of the page. Text goes in as text nodes, never as markup.
import { attributeText, type DrawNode } from "../draw/node.ts";

const SVG = "http://www.w3.org/2000/svg";

export function svgElement(node: DrawNode): SVGElement {
  const element = document.createElementNS(SVG, node.name);
  for (const [name, value] of Object.entries(node.attributes))
    element.setAttribute(name, attributeText(value));
  element.append(...node.children.map((child) => (typeof child === "string" ? child : svgElement(child))));
  return element;
}

/** An HTML element with attributes and children. */
export function html<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Readonly<Record<string, string>> = {},
  ...children: readonly (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

export const linkTo = (href: string, text: string): HTMLAnchorElement => html("a", { href }, text);
