// Colour and shape of a method beside its name in a text or table, as in the plots.
import { type Glyph, shapePath } from "../lib/glyphs.ts";
import { type DrawNode, draw } from "./node.ts";

/** Silent for screen readers: the name stands beside it. */
export const glyphMark = ({ colour, shape }: Glyph): DrawNode =>
  draw(
    "svg",
    {
      class: `mark series-${colour}`,
      viewBox: "-8 -8 16 16",
      width: 14,
      height: 14,
      "aria-hidden": "true",
    },
    draw("path", { class: "glyph", d: shapePath(shape, 6) }),
  );
