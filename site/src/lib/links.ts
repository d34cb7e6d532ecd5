// Links inside the site. Pages name each other without the base (`boards/glue-sst2-small/`); it is put before them here.
// Bundled into the pages, so it must import nothing.

/** Root-relative link to a page or file of the site; `base` as Astro gives it, with or without a slash at its end. */
export function linkTo(base: string, path: string): string {
  return `${base.replace(/\/+$/, "")}/${path.replace(/^\/+/, "")}`;
}

export const boardPath = (slug: string): string => `boards/${slug}/`;
export const methodPath = (id: string): string => `methods/${id}/`;
export const runPath = (id: string): string => `runs/${id}/`;
