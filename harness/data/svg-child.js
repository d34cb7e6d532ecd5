// Renders SVG pictures for svg.ts in a process of its own: resvg ends the process on some drawings. Plain JavaScript, so
// that no TypeScript loader is needed. Input: [svg, width in pixels] as JSON a line. Output, a picture: width and height as
// 32-bit numbers (0 and 0: refused), then width * height * 4 bytes of premultiplied RGBA.
import { writeSync } from "node:fs";
import { createInterface } from "node:readline";
import { Resvg } from "@resvg/resvg-js";

/** Writes all of it at once: what was drawn must have left the process before the next picture may end it. */
function write(data) {
  for (let at = 0; at < data.length; ) {
    try {
      at += writeSync(1, data, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error;
    }
  }
}

function draw(svg, width) {
  try {
    const options = { fitTo: { mode: "width", value: width }, font: { loadSystemFonts: false } };
    const picture = new Resvg(svg, options).render();
    return { width: picture.width, height: picture.height, pixels: picture.pixels };
  } catch {
    return { width: 0, height: 0, pixels: Buffer.alloc(0) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const { width, height, pixels } = draw(...JSON.parse(line));
  const head = Buffer.alloc(8);
  head.writeUInt32LE(width, 0);
  head.writeUInt32LE(height, 4);
  write(Buffer.concat([head, pixels]));
}
