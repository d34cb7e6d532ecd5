import { openEngine } from "./open.ts"; import * as tf from "./tensor.ts";
const data = Float32Array.from({ length: 2 * 6 * 6 * 3 }, (_, i) => Math.cos(3 * i)); const filter = Float32Array.from({ length: 3 * 3 * 3 * 4 }, (_, i) => Math.sin(5 * i)); const dw = Float32Array.from({ length: 3 * 3 * 3 * 1 }, (_, i) => Math.sin(5 * i));
const cases: Record<string, (x: tf.Tensor4D) => tf.Tensor> = {
 conv: (x) => tf.conv2d(x, tf.tensor4d(filter,[3,3,3,4]), 1, "same"), maxf: (x)=> tf.maxPool(x,2,2,"same"), avgf: (x)=>tf.avgPool(x,2,2,"same"),
 max: (x) => tf.grad((t) => tf.sum(tf.square(tf.maxPool(t as tf.Tensor4D, 2, 2, "same"))))(x), avg: (x) => tf.grad((t) => tf.sum(tf.square(tf.avgPool(t as tf.Tensor4D, 2, 2, "same"))))(x),
 convg: (x) => tf.grad((t) => tf.sum(tf.square(tf.conv2d(t as tf.Tensor4D, tf.tensor4d(filter,[3,3,3,4]), 1, "same"))))(x),
 dwc: (x)=>tf.depthwiseConv2d(x, tf.tensor4d(dw,[3,3,3,1]),1,"same"),
 dwg: (x) => tf.grad((t) => tf.sum(tf.square(tf.depthwiseConv2d(t as tf.Tensor4D, tf.tensor4d(dw,[3,3,3,1]),1,"same"))))(x),
 dwgf: (x) => tf.grad((t) => tf.sum(tf.square(tf.depthwiseConv2d(x, t as tf.Tensor4D,1,"same"))))(tf.tensor4d(dw,[3,3,3,1])),
};
const out: Record<string, number[][]> = {};
for (const n of ["tfjs-cpu", "onnx-webgpu"]) { await openEngine(n); for (const [k, f] of Object.entries(cases)) { try { (out[k] ??= []).push(Array.from(await f(tf.tensor4d(data, [2, 6, 6, 3])).data())); } catch (e) { console.log(k, n, String((e as Error).message).slice(0, 200)); } } }
for (const [k, [a, b]] of Object.entries(out)) console.log(k, Math.max(...a!.map((v, i) => Math.abs(v - (b?.[i] ?? NaN)))));
