// The Atom feed of new results (RFC 4287). Its ids do not depend on where the site lies.
import { plural } from "#harness/stats/format.ts";
import { draw, markup } from "../draw/node.ts";
import { linkTo, runPath } from "../lib/links.ts";
import type { Change } from "./changes.ts";

export interface FeedInput {
  readonly base: string;
  readonly origin: string | null;
  readonly changes: readonly Change[];
  titleOf(method: string): string;
}

const NEVER = "1970-01-01T00:00:00Z";

/** Text that XML 1.0 can hold: control characters are no part of it. */
const xmlText = (text: string): string =>
  [...text].filter((character) => character >= " " || "\t\n\r".includes(character)).join("");

export function atomFeed({ base, origin, changes, titleOf }: FeedInput): string {
  const at = (path: string): string => `${origin ?? ""}${linkTo(base, path)}`;
  const element = (name: string, text: string, attributes: Readonly<Record<string, string>> = {}) =>
    draw(name, attributes, xmlText(text));
  const entries = changes.map((change) =>
    draw(
      "entry",
      {},
      element("id", `urn:rankbench:${change.day}:${change.task}:${change.scale}:${change.method}`),
      element("title", `${titleOf(change.method)} on ${change.task}, ${change.scale}`),
      element("updated", change.newest),
      draw("link", { rel: "alternate", type: "text/html", href: at(runPath(change.run)) }),
      element(
        "summary",
        `${plural(change.runs, "run")}${change.failed === 0 ? "" : `, ${change.failed} without a result`}`,
      ),
    ),
  );
  const feed = draw(
    "feed",
    { xmlns: "http://www.w3.org/2005/Atom" },
    element("id", "urn:rankbench:results"),
    element("title", "Rankbench: new results"),
    element("updated", changes[0]?.newest ?? NEVER),
    draw("author", {}, element("name", "Rankbench")),
    draw("link", { rel: "self", type: "application/atom+xml", href: at("feed.xml") }),
    draw("link", { rel: "alternate", type: "text/html", href: at("changes/") }),
    ...entries,
  );
  return `<?xml version="1.0" encoding="utf-8"?>\n${markup(feed)}\n`;
}
