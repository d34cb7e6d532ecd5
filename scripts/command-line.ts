// Command lines of scripts whose options are numbers and names: their words, and how wrong ones are refused.

/** The words after the script's name; pnpm hands on the `--` that stands before them. */
export const givenWords = (): string[] => process.argv.slice(2).filter((word) => word !== "--");

/** Whether a value is a whole number of at least `least`. */
export const isWhole = (value: number, least: number): boolean =>
  Number.isSafeInteger(value) && value >= least;

/** Says what is wrong with the command line, and ends with the code of a wrong one. */
export function refuse(problem: string, usage: string): never {
  console.error(`${problem}\n${usage}`);
  process.exit(2);
}
