// `pnpm site`: builds the site and serves it on this machine.
import { RankbenchError } from "#harness/failure/error.ts";
import { plural } from "#harness/stats/format.ts";
import { buildSite } from "./build-site.ts";
import { parseSiteOptions, USAGE } from "./options.ts";
import { type Served, serve } from "./static-server.ts";

async function served(folder: string, base: string, port: number): Promise<Served> {
  try {
    return await serve(folder, base, port);
  } catch (cause) {
    throw new RankbenchError({
      reason: "usage",
      thing: "site",
      problem: "the port cannot be used",
      field: "--port",
      value: port,
      wanted: "a port that is free on 127.0.0.1",
      next: "give another one with --port, or --port 0 for any free one",
      cause,
    });
  }
}

try {
  const options = parseSiteOptions(process.argv.slice(2));
  if (options === null) console.log(USAGE);
  else {
    const { runs, boards } = await buildSite(options, (text) => console.error(text));
    const { address } = await served(options.out, options.base, options.port);
    console.log(`${plural(boards, "board")} of ${plural(runs, "run")}: ${address} (Ctrl-C ends)`);
  }
} catch (error) {
  if (!(error instanceof RankbenchError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
