// How drawings of Observable Plot are made while the site is built and how they leave as the text of an SVG that a strict
// Content-Security-Policy allows (no style element, no style attribute).
import { parseHTML } from "linkedom";
import { type DrawNode, markup } from "../draw/node.ts";

/** What is asked of a drawing here. The rest of the project is checked without the browser's types, so it is named. */
interface SvgNode {
  readonly outerHTML: string;
  setAttribute(name: string, value: string): void;
  getAttribute(name: string): string | null;
  removeAttribute(name: string): void;
  remove(): void;
  querySelectorAll(selector: string): Iterable<SvgNode>;
}

/** A document without a page; Observable Plot takes it as its `document`. */
export const plotDocument = () => parseHTML("<!doctype html><html><body></body></html>").document;

/** The text of Plot's drawing with `over` laid over it, one picture; `label` names it for those who do not see it. */
export function svgText(
  svg: SvgNode,
  label: string,
  className: string,
  ...over: readonly DrawNode[]
): string {
  for (const style of [...svg.querySelectorAll("style")]) style.remove();
  for (const element of [svg, ...svg.querySelectorAll("[style]")]) element.removeAttribute("style");
  svg.setAttribute("class", className);
  // Plot names its layers (`x-axis tick`), which helps nobody who listens to the page.
  for (const layer of [...svg.querySelectorAll("g[aria-label]")]) layer.removeAttribute("aria-label");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", label);
  const [width, height] = [svg.getAttribute("width"), svg.getAttribute("height")];
  if (svg.getAttribute("viewBox") === null) svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const text = svg.outerHTML.replace(/\d+\.\d{3,}/g, (digits) =>
    String(Math.round(Number(digits) * 100) / 100),
  );
  return text.replace(/<\/svg>$/, () => `${over.map(markup).join("")}</svg>`);
}
