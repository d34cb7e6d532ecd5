// A file server on this machine for tests: serves bytes with ranges, and misbehaves on demand.
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** Time for the client to take what was sent: bytes in its queue are lost when the connection breaks. */
const DROP_DELAY_MS = 60;

export interface ServedFile {
  readonly bytes: Uint8Array;
  /** False: answers 200 with the whole file to a range request. Default true. */
  readonly ranges?: boolean;
  /** Drop the connection after so many body bytes; one entry an answer, then whole answers. */
  readonly dropAfter?: number[];
  /** Send this many body bytes, then nothing more and no end. */
  readonly stallAfter?: number;
  /** Answer with these statuses first, one a request. */
  readonly statuses?: number[];
  /** Leave out the length, so that a lost end cannot be noticed. */
  readonly noLength?: boolean;
}

export interface FileServer {
  readonly url: string;
  /** Files by path, `/x.zip`; tests change them at will. */
  readonly files: Map<string, ServedFile>;
  /** Path and range of each request so far. */
  readonly requests: { readonly path: string; readonly range: string | undefined }[];
  /** Breaks all connections at once; the server goes on. */
  breakConnections(): void;
  close(): Promise<void>;
}

export async function startFileServer(): Promise<FileServer> {
  const files = new Map<string, ServedFile>();
  const requests: { path: string; range: string | undefined }[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? "/";
    requests.push({ path, range: request.headers.range });
    const file = files.get(path);
    const status = file?.statuses?.shift();
    if (file === undefined || status !== undefined) {
      response.writeHead(status ?? 404).end("no");
      return;
    }
    const { bytes } = file;
    const asked = /^bytes=(\d+)-$/.exec(request.headers.range ?? "")?.[1];
    const start = asked !== undefined && file.ranges !== false ? Number(asked) : 0;
    if (start >= bytes.length && start > 0) {
      response.writeHead(416, { "content-range": `bytes */${bytes.length}` }).end();
      return;
    }
    const body = bytes.subarray(start);
    const length = file.noLength === true ? {} : { "content-length": body.length };
    const range = start > 0 ? { "content-range": `bytes ${start}-${bytes.length - 1}/${bytes.length}` } : {};
    response.writeHead(start > 0 ? 206 : 200, { ...length, ...range });
    const drop = file.dropAfter?.shift();
    if (drop !== undefined)
      response.write(body.subarray(0, drop), () =>
        setTimeout(() => response.socket?.destroy(), DROP_DELAY_MS),
      );
    else if (file.stallAfter !== undefined) response.write(body.subarray(0, file.stallAfter));
    else response.end(body);
  });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    files,
    requests,
    breakConnections: () => server.closeAllConnections(),
    close: () =>
      new Promise((done, fail) => {
        server.close((error) => (error === undefined ? done() : fail(error)));
        server.closeAllConnections();
      }),
  };
}

/** An address at which nothing listens. */
export async function deadUrl(): Promise<string> {
  const server = await startFileServer();
  await server.close();
  return server.url;
}
