// An image-text model as a classifier: scores are scaled cosines of a picture's features with those of each class's text.
// Where classes have no names there is a trained head in place of the text tower. The towers are handed in.
import {
  div,
  keep,
  matMul,
  maximum,
  mul,
  sqrt,
  square,
  sum,
  type Tensor,
  tidy,
} from "#harness/engine/tensor.ts";
import { normal, zeros } from "#harness/nn/init.ts";
import { Linear } from "#harness/nn/linear.ts";
import type { ExampleShape, Inputs, Model } from "#harness/nn/model.ts";
import type { LinearModule } from "#harness/nn/module.ts";
import type { Param } from "#harness/nn/param.ts";
import { EVALUATION, type Pass } from "#harness/nn/pass.ts";
import { applyLinear, type LinearSite, type Site } from "#harness/nn/site.ts";
import type { Stream } from "#harness/random/stream.ts";
import type { ImageTower, TextTower } from "./clip-parts.ts";

/** Initial head weights N(0, 0.02^2), as the text models'. */
const HEAD_STD = 0.02;

/** Rows of length 1 over the last axis: x / |x|. */
export const unitRows = (x: Tensor): Tensor => div(x, sqrt(maximum(sum(square(x), -1, true), 1e-12)));

/**
 * The classifier that a text tower is: scores scale f . t of unit features f and unit text vectors t. It has no numbers of
 * its own: those of the tower stand at the tower's sites.
 */
export class TextHead implements LinearModule {
  readonly inFeatures: number;
  readonly outFeatures: number;
  /** The checkpoint's own factor on cosines, never trained. */
  readonly scale: number;
  readonly #text: TextTower;
  #held: Tensor | null = null;

  constructor(text: TextTower, scale: number) {
    this.#text = text;
    this.scale = scale;
    this.inFeatures = text.width;
    this.outFeatures = text.classes;
  }

  params(): readonly Param[] {
    return [];
  }

  /** Unit text vectors [classes, width]. */
  texts(pass: Pass): Tensor {
    return this.#held !== null && !pass.training && pass.observe === undefined
      ? this.#held
      : unitRows(this.#text.encode(pass));
  }

  apply(features: Tensor, pass: Pass): Tensor {
    // Features come with a mean square of 1 (`ClipModel.features`).
    return mul(matMul(features, this.texts(pass), false, true), this.scale / Math.sqrt(this.inFeatures));
  }

  /** Keeps the text vectors until `release` is called: while weights stand still they are the same for every batch. */
  hold(): () => void {
    const held = tidy(() => keep(this.texts(EVALUATION)));
    this.#held = held;
    return () => {
      this.#held = null;
      held.dispose();
    };
  }

  /** Of one picture: the text vectors are computed once for all of them. */
  multiplyAdds(): number {
    return this.inFeatures * this.outFeatures;
  }
}

export type ClipHead =
  | { readonly text: TextTower; readonly scale: number }
  | { readonly outputs: number; readonly init: Stream };

export class ClipModel implements Model {
  readonly head: LinearSite;
  readonly #image: ImageTower;
  /** Null where the classes have no names, or once another head has taken the place of this one. */
  #text: { readonly tower: TextTower; readonly head: TextHead } | null = null;

  constructor(image: ImageTower, head: ClipHead) {
    this.#image = image;
    let module: LinearModule;
    if ("text" in head) {
      this.#text = { tower: head.text, head: new TextHead(head.text, head.scale) };
      module = this.#text.head;
    } else module = trainedHead(image.width, head.outputs, head.init);
    this.head = { kind: "linear", path: "head", role: "head", block: null, module };
  }

  get sites(): readonly Site[] {
    return [...this.#image.sites, ...(this.#text?.tower.sites ?? []), this.head];
  }

  params(): readonly Param[] {
    const own = [...this.#image.own, ...(this.#text?.tower.own ?? [])];
    return [...new Set([...this.sites.flatMap((site) => site.module.params()), ...own])];
  }

  forward(inputs: Inputs, pass: Pass): Tensor {
    return applyLinear(this.head, this.features(inputs, pass), pass);
  }

  /** [B, width]: unit rows times the root of the width, so that a feature's mean square is 1 and a fresh head can learn. */
  features(inputs: Inputs, pass: Pass): Tensor {
    return mul(unitRows(this.#image.encode(inputs, pass)), Math.sqrt(this.#image.width));
  }

  hold(): () => void {
    return this.#text?.head.hold() ?? (() => {});
  }

  freshHead(random: Stream): void {
    if (this.#text === null) return;
    const { tower, head } = this.#text;
    this.#text = null;
    for (const param of new Set([...tower.sites.flatMap((site) => site.module.params()), ...tower.own]))
      param.dispose();
    this.head.module = trainedHead(head.inFeatures, head.outFeatures, random);
  }

  multiplyAdds(_: ExampleShape): number {
    return this.#image.multiplyAdds() + this.head.module.multiplyAdds();
  }

  dispose(): void {
    for (const param of this.params()) param.dispose();
  }
}

const trainedHead = (width: number, outputs: number, random: Stream): Linear =>
  new Linear("head", width, outputs, {
    weight: normal(width * outputs, HEAD_STD, random),
    bias: zeros(outputs),
  });
