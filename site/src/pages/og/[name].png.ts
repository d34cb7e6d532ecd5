// The pictures of shared addresses: the site's own and one for each current board.
import type { APIRoute } from "astro";
import { currentSite } from "../../model/current.ts";

const SITE = "site";

export const getStaticPaths = () => [
  { params: { name: SITE } },
  ...currentSite()
    .boards.filter(({ current }) => current)
    .map(({ slug }) => ({ params: { name: slug } })),
];

export const GET: APIRoute = ({ params }) => {
  const name = params.name ?? SITE;
  return new Response(currentSite().picture(name === SITE ? null : name), {
    headers: { "content-type": "image/png" },
  });
};
