// Tables of results as files.
import type { APIRoute } from "astro";
import { currentSite } from "../../model/current.ts";

export const getStaticPaths = () => [...currentSite().downloads.keys()].map((file) => ({ params: { file } }));

export const GET: APIRoute = ({ params }) => {
  const make = currentSite().downloads.get(params.file ?? "");
  return make === undefined ? new Response(null, { status: 404 }) : new Response(make());
};
