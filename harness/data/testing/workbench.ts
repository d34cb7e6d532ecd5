// A small source shaped like SST-2 (one official zip of two files, gzipped mirror copies, a sample), with a server and
// folders of its own, for the tests of resolution.
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { zipSync } from "fflate";
import { afterAll, beforeAll, beforeEach } from "vitest";
import { readBytes } from "../content.ts";
import type { Places } from "../locate.ts";
import { type ResolveOptions, resolveSource } from "../resolve.ts";
import type { DataSource, ResolvedSource, SourceFile } from "../source.ts";
import { type FileServer, startFileServer } from "./file-server.ts";
import { scratchFolder, sha256 } from "./scratch.ts";

export const train = Buffer.from(
  `sentence\tlabel\n${Array.from({ length: 3000 }, (_, i) => `film ${i} is "fine\t${i % 2}\n`).join("")}`,
);
export const dev = Buffer.from("sentence\tlabel\ngood\t1\nbad\t0\n");
/** What a mirror may hold instead of all of `train`. */
export const partial = Buffer.from("sentence\tlabel\ngood\t1\n");
export const zip = Buffer.from(
  zipSync({ "SST-2/train.tsv": train, "SST-2/dev.tsv": dev, "SST-2/original/README.txt": dev }),
);

export const content = (bytes: Uint8Array) => ({ sha256: sha256(bytes), bytes: bytes.length });

/** To be called once a test file, outside of tests. Everything it gives is fresh in each test. */
export function dataWorkbench() {
  const scratch = scratchFolder();
  let started: FileServer | undefined;
  const server = (): FileServer => {
    if (started === undefined) throw new Error("the server runs during tests only");
    return started;
  };
  const places = (): Places => ({
    cache: join(scratch.folder(), "cache"),
    mirrors: [join(scratch.folder(), "m1"), join(scratch.folder(), "m2")],
    offline: false,
  });
  beforeAll(async () => {
    started = await startFileServer();
  });
  afterAll(() => server().close());
  beforeEach(async () => {
    server().files.clear();
    server().requests.length = 0;
    server().files.set("/SST-2.zip", { bytes: zip });
    await scratch.put("sample.tsv", "split\tlabel\tsentence\ntrain\t1\tnice\n");
  });

  const file = (base: string, name: string, bytes: Uint8Array, rows: number): SourceFile => ({
    name,
    ...content(bytes),
    rows,
    official: { url: `${base}/SST-2.zip`, packing: { kind: "zip", entry: `SST-2/${name}` }, ...content(zip) },
    mirror: { path: `glue/SST-2/${name}.gz`, packing: "gzip", ...content(gzipSync(bytes)) },
  });
  /** The source, its official files at `base`, with other fields where given. */
  const source = (base = server().url, change: Partial<DataSource> = {}): DataSource => ({
    id: "glue-sst2",
    title: "SST-2",
    licence: "none stated",
    redistributable: false,
    citation: "Socher et al. 2013",
    homepage: "https://nlp.stanford.edu/sentiment/",
    files: [file(base, "train.tsv", train, 3000), file(base, "dev.tsv", dev, 2)],
    sample: { licence: "MIT", files: { "sample.tsv": pathToFileURL(join(scratch.folder(), "sample.tsv")) } },
    ...change,
  });

  return {
    scratch,
    server,
    places,
    source,
    /** A source of the one file `dev.tsv` with an address of its own. */
    single: (official: NonNullable<SourceFile["official"]>): DataSource =>
      source(server().url, { files: [{ name: "dev.tsv", ...content(dev), official }] }),
    /** `resolveSource` with these folders and no patience. */
    resolve: (from: DataSource, options: ResolveOptions = {}): Promise<ResolvedSource> =>
      resolveSource(from, {
        places: places(),
        attempts: 2,
        pauseMs: 1,
        responseTimeoutMs: 5000,
        idleTimeoutMs: 5000,
        ...options,
      }),
    /** Names of the files in the source's part of the cache. */
    async cached(): Promise<string[]> {
      const folder = join(places().cache, "data", "glue-sst2");
      return existsSync(folder) ? (await readdir(folder)).sort() : [];
    },
    /** Puts a gzipped copy into the mirror `m1` or `m2`; gives its path. */
    putMirror: (folder: "m1" | "m2", name: string, bytes: Uint8Array): Promise<string> =>
      scratch.put(`${folder}/glue/SST-2/${name}.gz`, gzipSync(bytes)),
  };
}

/** Unpacked bytes of a resolved file. */
export async function bytesOf(resolved: ResolvedSource, name: string): Promise<Buffer> {
  const file = resolved.files.get(name);
  if (file === undefined) throw new Error(`no file ${name}`);
  return Buffer.from(await readBytes(file));
}
