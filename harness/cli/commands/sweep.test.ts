// What `bench sweep` takes when nothing is said.
import { Command } from "commander";
import { expect, test } from "vitest";
import { Session } from "../session.ts";
import { defineSweep } from "./sweep.ts";

const terminal = {
  out: () => undefined,
  err: () => undefined,
  columns: 100,
  outIsTty: false,
  errIsTty: false,
  env: {},
};

test.each([
  [[], true],
  [["--keep-going"], true],
  [["--no-keep-going"], false],
])("with %j a sweep goes on after a failure: %j", (words, goesOn) => {
  const program = new Command();
  defineSweep(program, new Session(terminal));
  const [sweep] = program.commands;
  sweep?.parseOptions(words);
  expect(sweep?.opts().keepGoing).toBe(goesOn);
});

test.each([
  [["--attempts", "2"], /local does not have.*--attempts.*add --executor slurm/s],
  [["--no-wait"], /local does not have.*--no-wait/s],
  [["--executor", "slurm", "--budget", "2h"], /slurm does not have.*--budget/s],
  [["--executor", "slurm", "--no-keep-going"], /slurm does not have.*--no-keep-going/s],
  [["--executor", "slurm", "--spec", "h10"], /unknown spec "h10".*did you mean "h100"/s],
  [["--executor", "slurm", "--sbatch=--array=0-3"], /is decided by the sweep/],
  [["--executor", "slurm", "--element-time", "10"], /--element-time/],
  [["--executor", "slurm", "--attempts", "0"], /--attempts/],
])("%j is refused before anything is planned", async (words, message) => {
  const program = new Command();
  defineSweep(program, new Session(terminal));
  const all = ["sweep", "--method", "lora", "--task", "glue-sst2", ...words];
  await expect(program.parseAsync(all, { from: "user" })).rejects.toThrow(message);
});
