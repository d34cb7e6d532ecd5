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
