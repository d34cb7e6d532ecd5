// `pnpm site:build`: the site as plain files for any static host.
import { RankbenchError } from "#harness/failure/error.ts";
import { plural } from "#harness/stats/format.ts";
import { buildSite } from "./build-site.ts";
import { parseSiteOptions, USAGE } from "./options.ts";

try {
  const options = parseSiteOptions(process.argv.slice(2));
  if (options === null) console.log(USAGE);
  else {
    const { runs, boards, methods } = await buildSite(options, (text) => console.error(text));
    console.log(
      `${plural(boards, "board")}, ${plural(methods, "method")}, ${plural(runs, "run")}: ${options.out} (for base ${options.base})`,
    );
  }
} catch (error) {
  if (!(error instanceof RankbenchError)) throw error;
  console.error(error.message);
  process.exitCode = error.exitCode;
}
