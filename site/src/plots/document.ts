// The document in which plots are drawn while the site is built, and how a drawing leaves it: as the text of an SVG that a
// strict Content-Security-Policy allows (no style element, no style attribute).
import { parseHTML } from "linkedom";

/** What drawing needs of the DOM. The rest of the project is checked without the browser's types, so they are named here. */
export interface SvgNode {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  getAttribute(name: string): string | null;
  removeAttribute(name: string): void;
  appendChild(child: unknown): unknown;
  remove(): void;
  querySelectorAll(selector: string): Iterable<SvgNode>;
}

export interface SvgDocument {
  createElementNS(namespace: string, name: string): SvgNode;
  createTextNode(text: string): unknown;
}

const SVG = "http://www.w3.org/2000/svg";

/** A document without a page; Observable Plot takes it as its `document`. */
export const plotDocument = (): SvgDocument =>
  parseHTML("<!doctype html><html><body></body></html>").document as unknown as SvgDocument;

/** An SVG element with attributes; numbers are rounded to hundredths of a unit. */
export function svgElement(
  document: SvgDocument,
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly (SvgNode | string)[]
): SvgNode {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, typeof value === "number" ? String(Math.round(value * 100) / 100) : value);
  }
  for (const child of children) {
    element.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
  }
  return element;
}

/**
 * The drawing's text; `label` names it for those who do not see it. `image`: one picture; `group`: its parts are read and
 * focused by themselves.
 */
export function svgText(
  svg: SvgNode,
  label: string,
  className: string,
  reading: "img" | "group" = "img",
): string {
  for (const style of [...svg.querySelectorAll("style")]) style.remove();
  for (const element of [svg, ...svg.querySelectorAll("[style]")]) element.removeAttribute("style");
  svg.setAttribute("class", className);
  // Plot names its layers (`x-axis tick`), which helps nobody who listens to the page.
  for (const layer of [...svg.querySelectorAll("g[aria-label]")]) layer.removeAttribute("aria-label");
  svg.setAttribute("role", reading);
  svg.setAttribute("aria-label", label);
  const [width, height] = [svg.getAttribute("width"), svg.getAttribute("height")];
  if (svg.getAttribute("viewBox") === null) svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  return svg.outerHTML.replace(/\d+\.\d{3,}/g, (digits) => String(Math.round(Number(digits) * 100) / 100));
}
