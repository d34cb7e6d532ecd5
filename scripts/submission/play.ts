// `pnpm submission:play`: shows a submission from the scaffold to its acceptance in two scratch clones, then the refusals of
// twelve bad ones. No network; takes about three minutes.
import { BAD, commitBad, type Ended, fillIn, handOver, METHOD, STEPS, setStage } from "./contributor.ts";

const show = (title: string, { code, text }: Ended): void => {
  console.log(`\n== ${title}\n${text.trim()}\n-- exit code ${code}`);
};

const stage = setStage();
const { contributor, maintainer } = stage;
try {
  show(`bench new ${METHOD}`, contributor.bench("new", METHOD, "--kind", "adapter"));
  fillIn(contributor);
  for (const step of STEPS) show(`bench ${step.join(" ")}`, contributor.bench(...step));
  const good = handOver(stage);
  for (const name of ["judge", "comment", "apply", "execute"] as const)
    show(`submission ${name}`, maintainer.submission(name, "--head", good));
  maintainer.git("clean", "--quiet", "--force", "-d", "methods", "results");
  for (const bad of BAD) {
    const { head, base } = commitBad(stage, good, bad);
    show(`bad: ${bad.name}`, maintainer.submission("judge", "--head", head, "--base", base));
  }
} finally {
  stage.remove();
}
