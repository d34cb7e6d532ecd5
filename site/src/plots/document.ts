// The document in which plots are drawn while the site is built, and how a drawing leaves it: as the text of an SVG that a
// strict Content-Security-Policy allows (no style element, no style attribute).
import { parseHTML } from "linkedom";

const SVG = "http://www.w3.org/2000/svg";

/** A document without a page; Observable Plot takes it as its `document`. */
export const plotDocument = (): Document => parseHTML("<!doctype html><html><body></body></html>").document;

/** An SVG element with attributes; numbers are rounded to hundredths of a unit. */
export function svgElement(
  document: Document,
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  ...children: readonly (Element | string)[]
): Element {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, typeof value === "number" ? String(Math.round(value * 100) / 100) : value);
  }
  for (const child of children) {
    element.appendChild(typeof child === "string" ? document.createTextNode(child) : child);
  }
  return element;
}

/** The drawing's text; `label` names it for those who do not see it. */
export function svgText(svg: Element, label: string, className: string): string {
  for (const style of [...svg.querySelectorAll("style")]) style.remove();
  for (const element of [svg, ...svg.querySelectorAll("[style]")]) element.removeAttribute("style");
  svg.setAttribute("class", className);
  svg.setAttribute("role", "group");
  svg.setAttribute("aria-label", label);
  const [width, height] = [svg.getAttribute("width"), svg.getAttribute("height")];
  if (svg.getAttribute("viewBox") === null) svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  return svg.outerHTML;
}
