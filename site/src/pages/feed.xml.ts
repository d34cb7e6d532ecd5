// The feed of new results.
import type { APIRoute } from "astro";
import { currentSite } from "../model/current.ts";
import { atomFeed } from "../model/feed.ts";

const ENTRIES = 50;

export const GET: APIRoute = () => {
  const { base, origin, changes, methods } = currentSite();
  const titles = new Map(methods.map(({ id, title }) => [id, title]));
  const titleOf = (method: string): string => titles.get(method) ?? method;
  return new Response(atomFeed({ base, origin, changes: changes(ENTRIES), titleOf }), {
    headers: { "content-type": "application/atom+xml" },
  });
};
