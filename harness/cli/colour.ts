// Colour on a terminal, and none elsewhere or with NO_COLOR: meaning never depends on it.

export interface Styles {
  bold(text: string): string;
  dim(text: string): string;
  green(text: string): string;
  yellow(text: string): string;
  red(text: string): string;
}

const wrap =
  (on: boolean, open: number, close: number) =>
  (text: string): string =>
    on && text !== "" ? `\u001B[${open}m${text}\u001B[${close}m` : text;

/** Styles for a stream. FORCE_COLOR turns them on where there is no terminal; NO_COLOR wins over everything. */
export function stylesFor(isTty: boolean, env: Readonly<NodeJS.ProcessEnv>): Styles {
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== "0" && env.FORCE_COLOR !== "";
  const refused = (env.NO_COLOR ?? "") !== "" || env.TERM === "dumb";
  const on = !refused && (isTty || forced);
  return {
    bold: wrap(on, 1, 22),
    dim: wrap(on, 2, 22),
    green: wrap(on, 32, 39),
    yellow: wrap(on, 33, 39),
    red: wrap(on, 31, 39),
  };
}
