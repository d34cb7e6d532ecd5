// Writes WebAssembly modules of one function over one memory: enough for a loop with vector instructions. The bytes come
// from this text alone, so that nothing compiled is stored. Knows no optimizer.
// Encoding: WebAssembly Core Specification 2.0, chapter 5.

/** An instruction or a row of them, as bytes. */
export type Code = readonly number[];

const TYPE = { i32: 0x7f, f32: 0x7d, v128: 0x7b } as const;
export type ValueType = keyof typeof TYPE;

/** Unsigned LEB128. */
export function unsigned(value: number): number[] {
  const out: number[] = [];
  let rest = value;
  do {
    const low = rest & 127;
    rest >>>= 7;
    out.push(rest === 0 ? low : low | 128);
  } while (rest !== 0);
  return out;
}

/** Signed LEB128 of a 32-bit integer. */
export function signed(value: number): number[] {
  const out: number[] = [];
  let rest = value | 0;
  for (;;) {
    const low = rest & 127;
    rest >>= 7;
    if ((rest === 0 && (low & 64) === 0) || (rest === -1 && (low & 64) !== 0)) return [...out, low];
    out.push(low | 128);
  }
}

const vector = (opcode: number): Code => [0xfd, ...unsigned(opcode)];
/** Alignment of 4 bytes, which is all that a vector in the middle of an array has; `offset` in bytes. */
const at = (offset: number): Code => [2, ...unsigned(offset)];

/** Instructions by their names in the specification; operands of an instruction stand before it. */
export const op = {
  get: (local: number): Code => [0x20, ...unsigned(local)],
  set: (local: number): Code => [0x21, ...unsigned(local)],
  tee: (local: number): Code => [0x22, ...unsigned(local)],
  i32Const: (value: number): Code => [0x41, ...signed(value)],
  i32Add: [0x6a] as Code,
  i32LessUnsigned: [0x49] as Code,
  load: (offset: number): Code => [...vector(0), ...at(offset)],
  store: (offset: number): Code => [...vector(11), ...at(offset)],
  splat: vector(19),
  sqrt: vector(227),
  add: vector(228),
  sub: vector(229),
  mul: vector(230),
  div: vector(231),
  /** Repeats `body` as long as it leaves something other than 0 on the stack. */
  loopWhile: (...body: readonly Code[]): Code => [0x03, 0x40, ...body.flat(), 0x0d, 0, 0x0b],
} as const;

export interface FunctionText {
  readonly params: readonly ValueType[];
  readonly locals: readonly ValueType[];
  readonly body: readonly Code[];
}

const list = (items: readonly (readonly number[])[]): number[] => [
  ...unsigned(items.length),
  ...items.flat(),
];
const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes];
const section = (id: number, items: readonly (readonly number[])[]): number[] => [id, ...sized(list(items))];
const name = (text: string): number[] => sized([...text].map((letter) => letter.charCodeAt(0)));

/** A module that exports the function as `run` and its memory of `pages` times 64 KiB as `memory`. */
export function moduleOf({ params, locals, body }: FunctionText, pages: number): Uint8Array {
  const types = params.map((type) => [TYPE[type]]);
  const code = [...list(locals.map((type) => [1, TYPE[type]])), ...body.flat(), 0x0b];
  return Uint8Array.from([
    ...[0, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, [[0x60, ...list(types), 0]]),
    ...section(3, [[0]]),
    ...section(5, [[1, ...unsigned(pages), ...unsigned(pages)]]),
    ...section(7, [
      [...name("run"), 0, 0],
      [...name("memory"), 2, 0],
    ]),
    ...section(10, [sized(code)]),
  ]);
}
