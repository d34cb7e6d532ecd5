// Distribution functions that intervals and tests need: normal, Student's t, and the incomplete beta function under it.
// Pure mathematics of single numbers; checked against scipy.

const MAX_TERMS = 400;
const TINY = 1e-300;
const CLOSE = 1e-15;

/** Natural logarithm of the gamma function for x > 0 (Lanczos, g = 7, 9 terms); relative error below 1e-14. */
export function logGamma(x: number): number {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const coefficients = [
    0.9999999999998099, 676.5203681218851, -1259.1392167224028, 771.3234287776531, -176.6150291621406,
    12.507343278686905, -0.13857109526572012, 9.984369578019572e-6, 1.5056327351493116e-7,
  ];
  const z = x - 1;
  const t = z + 7.5;
  const sum = coefficients.reduce((acc, c, i) => (i === 0 ? c : acc + c / (z + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (z + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Continued fraction of the incomplete beta function (Numerical Recipes 6.4, modified Lentz). */
function betaFraction(x: number, a: number, b: number): number {
  const guard = (value: number) => (Math.abs(value) < TINY ? TINY : value);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let h = d;
  for (let m = 1; m <= MAX_TERMS; m++) {
    for (const term of [
      (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m)),
      (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1)),
    ]) {
      d = 1 / guard(1 + term * d);
      c = guard(1 + term / c);
      h *= d * c;
    }
    if (Math.abs(d * c - 1) < CLOSE) break;
  }
  return h;
}

/** Regularised incomplete beta function I_x(a, b) for a, b > 0 and x in [0, 1]. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2)
    ? (front * betaFraction(x, a, b)) / a
    : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/** Probability that Student's t with `freedom` degrees (any positive number) lies outside [-|t|, |t|]. */
export const twoSidedT = (t: number, freedom: number): number =>
  Number.isFinite(t) ? incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) : 0;

/** Error function complement for x >= 0, by the incomplete gamma function's series and fraction. */
function erfcPositive(x: number): number {
  const z = x * x;
  if (x < 2) {
    // P(1/2, z): series.
    let term = 2;
    let sum = 2;
    for (let n = 1; n < MAX_TERMS && Math.abs(term) > Math.abs(sum) * 1e-17; n++) {
      term *= z / (n + 0.5);
      sum += term;
    }
    return 1 - (sum * x * Math.exp(-z)) / Math.sqrt(Math.PI);
  }
  // Q(1/2, z): continued fraction.
  let b = z + 0.5;
  let c = 1 / TINY;
  let d = 1 / b;
  let h = d;
  for (let i = 1; i <= MAX_TERMS; i++) {
    const an = -i * (i - 0.5);
    b += 2;
    d = 1 / (an * d + b);
    c = b + an / c;
    h *= d * c;
    if (Math.abs(d * c - 1) < CLOSE) break;
  }
  return (Math.exp(-z) * x * h) / Math.sqrt(Math.PI);
}

/** Standard normal distribution function. */
export function normalCdf(x: number): number {
  const tail = erfcPositive(Math.abs(x) / Math.SQRT2) / 2;
  return x < 0 ? tail : 1 - tail;
}

/** The x in [low, high] at which the growing function `f` reaches `p`: bisection to the last bit. */
function invert(f: (x: number) => number, p: number, low: number, high: number): number {
  let [a, b] = [low, high];
  for (;;) {
    const middle = (a + b) / 2;
    if (middle <= a || middle >= b) return middle;
    if (f(middle) < p) a = middle;
    else b = middle;
  }
}

/** Quantile of the standard normal distribution; infinite at 0 and 1. */
export function normalQuantile(p: number): number {
  if (p <= 0) return Number.NEGATIVE_INFINITY;
  if (p >= 1) return Number.POSITIVE_INFINITY;
  // By symmetry the small tail is inverted, where the function keeps its digits.
  return p > 0.5 ? -normalQuantile(1 - p) : invert(normalCdf, p, -40, 0);
}

/** The t beyond which, on both sides together, lies `outside` of Student's distribution; 0 < outside < 1. */
export const tQuantile = (outside: number, freedom: number): number =>
  invert((t) => 1 - twoSidedT(t, freedom), 1 - outside, 0, 1e9);
