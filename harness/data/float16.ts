// Half-precision numbers for storage: IEEE 754 binary16 and bfloat16 from and to float32, as raw 16-bit patterns.
// (Float16Array is not in Node 20.)

const view = new DataView(new ArrayBuffer(4));

function bitsOf(value: number): number {
  view.setFloat32(0, value);
  return view.getUint32(0);
}

function floatOf(bits: number): number {
  view.setUint32(0, bits);
  return view.getFloat32(0);
}

/** The value of a binary16 pattern; exact. */
export function fromFloat16(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Nearest binary16 pattern, ties to even; beyond 65,504 (plus half a step) infinity. */
export function toFloat16(value: number): number {
  const bits = bitsOf(value);
  const sign = (bits >>> 16) & 0x8000;
  const exponent = (bits >>> 23) & 0xff;
  const fraction = bits & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (fraction === 0 ? 0 : 0x200);
  const shifted = exponent - 127 + 15;
  if (shifted >= 0x1f) return sign | 0x7c00;
  // Subnormal halves drop more bits, and the hidden one becomes visible.
  const drop = shifted > 0 ? 13 : 14 - shifted;
  if (drop > 24) return sign;
  const whole = shifted > 0 ? (shifted << 23) | fraction : fraction | 0x800000;
  const kept = Math.floor(whole / 2 ** drop);
  const rest = whole - kept * 2 ** drop;
  const half = 2 ** (drop - 1);
  // A carry runs into the exponent, which is what rounding up to the next power of two means.
  return sign | (kept + (rest > half || (rest === half && kept % 2 === 1) ? 1 : 0));
}

/** The value of a bfloat16 pattern; exact. */
export const fromBfloat16 = (half: number): number => floatOf(half * 0x10000);

/** Nearest bfloat16 pattern, ties to even. */
export function toBfloat16(value: number): number {
  const bits = bitsOf(value);
  if (Number.isNaN(value)) return (bits >>> 16) | 0x40;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}
