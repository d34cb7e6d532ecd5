// A process that opens a database and stores runs in it, for tests of many writers at once.
// Arguments: database, seeds as a comma list.
import { sampleRecord } from "#harness/record/testing/records.ts";
import { openStore } from "../database.ts";
import { ingest } from "../ingest.ts";

const [path = "", seeds = ""] = process.argv.slice(2);
const store = openStore(path);
const results = seeds
  .split(",")
  .map((seed) => ingest(store, sampleRecord({ identity: { seed: Number(seed) } })));
store.close();
process.stdout.write(results.join(","));
