// Files of the site that scripts read when they are asked to; each is fetched once.

const known = new Map<string, Promise<unknown>>();

/** The JSON file at `address`; a failure is forgotten, so that the next call tries again. */
export function readJson<T>(address: string): Promise<T> {
  let found = known.get(address);
  if (found === undefined) {
    found = fetch(address).then((response) => {
      if (!response.ok) throw new Error(`${address} answered ${response.status}`);
      return response.json();
    });
    known.set(address, found);
    found.catch(() => known.delete(address));
  }
  return found as Promise<T>;
}

/** The path of the site below its host, as the page's head says it. */
export const siteBase = (): string =>
  document.querySelector<HTMLMetaElement>('meta[name="site-base"]')?.content ?? "/";
