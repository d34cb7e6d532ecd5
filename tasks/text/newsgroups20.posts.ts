// What a Usenet post says itself: without header, signature and quotations, which name the group or repeat other posts.
// The rules are those of scikit-learn's `remove=("headers", "footers", "quotes")`, for the mirror's form of the posts.

/** A header line, or the tab-indented continuation of one after the mirror's line ends were made of tabs. */
const HEADER_LINE = /^[A-Za-z][\w-]*:/;

const QUOTATION = /writes in|writes:|wrote:|says:|said:|^In article|^Quoted from|^\||^>/;

/** Lines after the header: it ends at the first empty line that no further header line follows. */
function body(lines: readonly string[]): readonly string[] {
  const end = lines.findIndex((line, i) => line.trim() === "" && !HEADER_LINE.test(lines[i + 1] ?? ""));
  return end < 0 ? lines : lines.slice(end + 1);
}

/** Lines before the last block, where an empty or dashed line sets one apart; else all. */
function withoutFooter(lines: readonly string[]): readonly string[] {
  const last = lines.findLastIndex((line) => line.trim() !== "") + 1;
  const kept = lines.slice(0, last);
  const from = kept.findLastIndex((line) => /^-*$/.test(line.trim()));
  return from > 0 && kept.slice(0, from).some((line) => line.trim() !== "") ? kept.slice(0, from) : kept;
}

/** The post's own words on one line; empty where it only quotes. Lines of `post` end in a tab (the mirror) or a line feed. */
export function ownWords(post: string): string {
  const own = withoutFooter(body(post.split(/[\t\n]/))).filter((line) => !QUOTATION.test(line));
  return own.join(" ").replace(/\s+/g, " ").trim();
}
