// What a watched life says about a method: one verdict a check, with the numbers.
import { messageOf } from "#harness/failure/error.ts";
import type { DeclaredCosts, MethodKind, Promises } from "#harness/method/contract.ts";
import { type Life, liveAgain, liveOnce, lossesOf, type Subject, sameDeployed } from "./life.ts";
import type { Deployed } from "./toy/run.ts";
import { type Finding, failed, notApplicable, passed, type Verdict } from "./verdict.ts";

const STEPS = 15;
const number = (value: number): string => (value === 0 ? "0" : value.toPrecision(3));

function costs({ declared, measured }: Life): Verdict {
  const wrong = (Object.keys(declared) as (keyof DeclaredCosts)[]).filter(
    (key) => declared[key] !== measured[key],
  );
  if (wrong.length > 0) {
    return failed(
      wrong.map((key) => `${key}: ${declared[key]} by formula, ${measured[key]} counted`).join("; "),
    );
  }
  const { trainable, optimizerStateBytes, deployedBytes } = measured;
  return passed(`${trainable} trained, ${optimizerStateBytes} B of state, ${deployedBytes} B deployed`);
}

function start({ startGap }: Life, promises: Promises): Verdict {
  const { startsAtBase } = promises;
  if (startsAtBase === null) return notApplicable("setup changes the function");
  const text = `scores differ by ${number(startGap)} before the first step, allowed ${startsAtBase}`;
  return startGap <= startsAtBase ? passed(text) : failed(text);
}

function finish({ finishGap, merged }: Life, promises: Promises, kind: MethodKind): Verdict {
  if (kind === "adapter" && !merged)
    return failed("parameters or modules of the adapter are left in the deployed model");
  const { finishKeeps } = promises;
  if (finishKeeps === null) return notApplicable("deploying changes the function");
  const text = `scores differ by ${number(finishGap)} after finish(), allowed ${finishKeeps}`;
  return finishGap <= finishKeeps ? passed(text) : failed(text);
}

function gradients({ slopes, trainedSteps }: Life, promises: Promises): Verdict {
  if (!trainedSteps) return notApplicable("nothing is trained");
  if (promises.gradients !== "exact") return notApplicable(`by intent: ${promises.gradients.instead}`);
  const worst = slopes.toSorted((a, b) => b.excess - a.excess)[0];
  if (worst === undefined) return failed("no trained parameter was found after training");
  if (worst.excess === 0) return passed(`${slopes.length} parameters, two directions each`);
  const { byGradient, byDifferences } = worst.worst;
  return failed(
    `${worst.param}: slope ${number(byGradient)} by gradient, ${number(byDifferences)} by finite differences`,
  );
}

function frozen({ frozen: { watched, moved }, trainedSteps }: Life): Verdict {
  if (!trainedSteps) return notApplicable("nothing is trained");
  if (moved.length > 0) return failed(`moved although frozen: ${moved.slice(0, 3).join(", ")}`);
  return watched === 0
    ? notApplicable("nothing is frozen")
    : passed(`${watched} frozen numbers watched over all steps`);
}

const state = ({ state: { into, gap } }: Life): Verdict =>
  gap === 0
    ? passed(
        into === "fresh"
          ? "into a fresh model of the same setup"
          : "into itself; training changed its structure",
      )
    : failed(`scores differ by ${number(gap)} after loading`);

async function lowers(subject: Subject): Promise<Verdict> {
  const losses = await lossesOf(subject, STEPS);
  if (losses === null) return notApplicable("nothing is trained");
  const [first = Number.NaN] = losses;
  const last = losses.at(-1) ?? Number.NaN;
  const text = `loss ${first.toFixed(4)} before and ${last.toFixed(4)} after ${STEPS - 1} steps on one batch`;
  return last < first ? passed(text) : failed(text);
}

const twice = ({ secondFinishChanges }: Life): Verdict =>
  secondFinishChanges ? failed("the second finish() changed the model") : passed("same bits");

const leaks = ({ leaked }: Life): Verdict =>
  leaked === 0 ? passed("none") : failed(`${leaked} tensors alive after the model was disposed`);

const repeats = (first: Deployed, second: Deployed): Verdict =>
  sameDeployed(first, second)
    ? passed("parameters and scores of two lives are equal")
    : failed("two lives differ");

/** All checks that a life on a small model can make, in the catalogue's order. Where it cannot be lived, `runs` fails and the others are left out. */
export async function checkLife(subject: Subject, promises: Promises): Promise<Finding[]> {
  let life: Life;
  let again: Deployed;
  let lowered: Verdict;
  try {
    life = await liveOnce(subject);
    again = await liveAgain(subject);
    lowered =
      life.trainedSteps && life.trainingGap === 0
        ? failed("training changes no score")
        : await lowers(subject);
  } catch (error) {
    return [{ check: "runs", verdict: failed(messageOf(error)) }];
  }
  return [
    { check: "runs", verdict: passed("one life on the toy task") },
    { check: "costs", verdict: costs(life) },
    { check: "start", verdict: start(life, promises) },
    { check: "lowers", verdict: lowered },
    { check: "gradients", verdict: gradients(life, promises) },
    { check: "frozen", verdict: frozen(life) },
    { check: "state", verdict: state(life) },
    { check: "finish", verdict: finish(life, promises, subject.method.kind) },
    { check: "twice", verdict: twice(life) },
    { check: "leaks", verdict: leaks(life) },
    { check: "repeats", verdict: repeats(life.deployed, again) },
  ];
}
