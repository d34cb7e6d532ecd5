// SVG drawings as pixels, through resvg in a child process: on some drawings it ends the process, so that one is given up
// and the rest goes on in the next process. Nothing is kept: a drawing takes less than a millisecond.
import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Rendered {
  readonly width: number;
  readonly height: number;
  /** [height, width, 4] bytes: red, green, blue premultiplied by alpha. */
  readonly rgba: Uint8Array;
}

/** An SVG document and the width at which it is drawn, pixels; its height follows. */
export interface Drawing {
  readonly svg: string;
  readonly width: number;
}

const CHILD = fileURLToPath(new URL("./svg-child.js", import.meta.url));
const HEAD = 8;

/** What one process wrote before it ended. */
function drawSome(drawings: readonly Drawing[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [CHILD], { stdio: ["pipe", "pipe", "ignore"] });
    const chunks: Buffer[] = [];
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.on("error", reject);
    child.on("close", () => resolve(Buffer.concat(chunks)));
    // A process that ended early cannot take the rest of its input.
    child.stdin.on("error", () => {});
    child.stdin.end(drawings.map(({ svg, width }) => `${JSON.stringify([svg, width])}\n`).join(""));
  });
}

/** Draws on nothing (alpha 0), in the order given; null where no picture came. */
export async function renderSvgs(drawings: readonly Drawing[]): Promise<readonly (Rendered | null)[]> {
  const out: (Rendered | null)[] = [];
  while (out.length < drawings.length) {
    const drawn = await drawSome(drawings.slice(out.length));
    let at = 0;
    while (at + HEAD <= drawn.length) {
      const [width, height] = [drawn.readUInt32LE(at), drawn.readUInt32LE(at + 4)];
      const end = at + HEAD + width * height * 4;
      if (end > drawn.length) break;
      out.push(width === 0 ? null : { width, height, rgba: new Uint8Array(drawn.subarray(at + HEAD, end)) });
      at = end;
    }
    // The picture after the last whole one ended the process.
    if (out.length < drawings.length) out.push(null);
  }
  return out;
}

/** [height, width, 3] bytes: the picture laid on a plain background. */
export function onBackground(rgba: Uint8Array, background: readonly [number, number, number]): Uint8Array {
  const out = new Uint8Array((rgba.length / 4) * 3);
  for (let pixel = 0; pixel < rgba.length / 4; pixel++) {
    const clear = 1 - (rgba[4 * pixel + 3] ?? 0) / 255;
    for (const [c, ground] of background.entries())
      out[3 * pixel + c] = Math.min(255, Math.round((rgba[4 * pixel + c] ?? 0) + clear * ground));
  }
  return out;
}
