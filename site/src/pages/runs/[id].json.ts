// The record of each run, byte for byte as its file has it.
import type { APIRoute } from "astro";
import { currentSite } from "../../model/current.ts";

export const getStaticPaths = () => currentSite().runIds.map((id) => ({ params: { id } }));

export const GET: APIRoute = ({ params }) =>
  new Response(currentSite().recordText(params.id ?? ""), {
    headers: { "content-type": "application/json" },
  });
