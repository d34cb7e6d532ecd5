// A small server of static files under a base path, for looking at a build. It serves files that are there, nothing else.
import { createReadStream, statSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { extname, join, normalize, sep } from "node:path";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".json": "application/json; charset=utf-8",
  ".csv": "text/csv; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".sqlite": "application/vnd.sqlite3",
  ".xml": "application/xml",
  ".txt": "text/plain; charset=utf-8",
};

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

/** The file that answers a request's path; null when there is none. */
export function fileFor(folder: string, base: string, path: string): string | null {
  if (!path.startsWith(base)) return null;
  let inside: string;
  try {
    inside = decodeURIComponent(path.slice(base.length));
  } catch {
    return null;
  }
  const file = normalize(
    join(folder, inside.endsWith("/") || inside === "" ? `${inside}index.html` : inside),
  );
  return file.startsWith(folder + sep) && !inside.includes("\0") && isFile(file) ? file : null;
}

function answer(request: IncomingMessage, response: ServerResponse, folder: string, base: string): void {
  const path = new URL(request.url ?? "/", "http://127.0.0.1").pathname;
  const found = fileFor(folder, base, path);
  const file = found ?? join(folder, "404.html");
  if (found === null && fileFor(folder, base, `${path}/`) !== null) {
    response.writeHead(301, { location: `${path}/` }).end();
    return;
  }
  const type = TYPES[extname(file)] ?? "application/octet-stream";
  response.writeHead(found === null ? 404 : 200, {
    "content-type": type,
    "x-content-type-options": "nosniff",
  });
  if (isFile(file)) createReadStream(file).pipe(response);
  else response.end();
}

export interface Served {
  /** Address of the site's home page. */
  readonly address: string;
  close(): Promise<void>;
}

/** Serves `folder` on 127.0.0.1 under `base` (a slash at both ends). Rejects when the port is taken. */
export function serve(folder: string, base: string, port: number): Promise<Served> {
  const server: Server = createServer((request, response) => answer(request, response, folder, base));
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      const bound = server.address();
      const at = typeof bound === "object" && bound !== null ? bound.port : port;
      resolve({
        address: `http://127.0.0.1:${at}${base}`,
        close: () =>
          new Promise((done) => {
            server.closeAllConnections();
            server.close(() => done());
          }),
      });
    });
  });
}
