// What tests of methods do with layers and trained toys again and again, beyond running them. Asserts nothing by itself.
import type { Engine } from "#harness/engine/engine.ts";
import { type Scalar, square, sum, type Tensor, tidy, variableGrads } from "#harness/engine/tensor.ts";
import type { DeclaredCosts, MethodRun } from "#harness/method/contract.ts";
import type { LinearModule } from "#harness/nn/module.ts";
import type { Param } from "#harness/nn/param.ts";
import { type Deployed, deployedOf, measuredCosts, scoresOf, type Toy, trainOn } from "./run.ts";

/** Gradient of the sum of squares of `map`'s outputs for rows `x` with respect to one of its parameters, in training mode. */
export async function gradientOfSquares(
  engine: Engine,
  map: LinearModule,
  x: Tensor,
  { variable }: Param,
): Promise<ArrayLike<number>> {
  const { grads } = tidy(() =>
    variableGrads(() => sum(square(map.apply(x, { training: true }))) as Scalar, [variable]),
  );
  await engine.settle();
  return (await grads[variable.name]?.data()) ?? [];
}

/** Trains through all stages, finishes twice, and tells what both times left, and the costs as measured. */
export async function trainAndDeploy(
  toy: Toy,
  made: MethodRun,
): Promise<{
  readonly trained: Float32Array;
  readonly first: Deployed;
  readonly again: Deployed;
  readonly costs: DeclaredCosts;
}> {
  const main = await trainOn(toy, made);
  const trained = await scoresOf(toy);
  const deploy = async (): Promise<Deployed> => {
    await made.finish?.();
    return deployedOf(toy);
  };
  const first = await deploy();
  const costs = measuredCosts(toy, main);
  return { trained, first, again: await deploy(), costs };
}
