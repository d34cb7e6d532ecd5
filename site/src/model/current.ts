// The site that is being built. The build script opens it and runs Astro in the same process; Astro bundles pages apart
// from the modules that the script has loaded, so the two meet at a name of the global object.
import type { Site } from "./site.ts";

const NAME = Symbol.for("rankbench.site");
type Holder = { [NAME]?: Site };

export function setSite(site: Site): void {
  (globalThis as Holder)[NAME] = site;
}

/** The open site; pages can only be built by `pnpm site:build`. */
export function currentSite(): Site {
  const site = (globalThis as Holder)[NAME];
  if (site === undefined) throw new Error("no results are open: build the site by pnpm site:build");
  return site;
}
