// Addresses of the site under any base path: one slash between base and page, never two, never none.
import { RankbenchError } from "#harness/failure/error.ts";

const SEGMENT = /^[A-Za-z0-9._~-]+$/;

/**
 * The base path with a slash at both ends: `/` for a site at the root of its host, `/rank-board/` for `/rank-board`,
 * `rank-board/` and the like. An address of a host, `..` and characters that need escaping are `usage` errors.
 */
export function normaliseBase(text: string): string {
  const segments = text.split("/").filter((part) => part !== "");
  const wrong = segments.find((part) => !SEGMENT.test(part) || /^\.+$/.test(part));
  if (wrong !== undefined) {
    throw new RankbenchError({
      reason: "usage",
      thing: "site",
      problem: "the base path cannot be used",
      field: "--base",
      value: text,
      wanted: "path segments of letters, digits, '.', '_', '~' and '-', such as /rank-board",
      next: "give the path below the host's name only, without the host",
    });
  }
  return segments.length === 0 ? "/" : `/${segments.join("/")}/`;
}
