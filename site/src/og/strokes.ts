// Letters as strokes, for pictures that must come out alike on machines with other fonts or none. Capitals, digits and a
// few signs on a grid four units wide and six high; a pair of digits is a point, a space lifts the pen.

const LETTERS: Readonly<Record<string, string>> = {
  A: "0602204246 0444",
  B: "06003041423303 3344453606",
  C: "413020010516 163645",
  D: "06002042443606",
  E: "40000646 0333",
  F: "400006 0333",
  G: "41301001051636454323",
  H: "0006 4046 0343",
  I: "1030 2026 1636",
  J: "304045361605",
  K: "0006 4003 1346",
  L: "000646",
  M: "0600234046",
  N: "06004640",
  O: "10304145361605011030",
  P: "060030414233 3303",
  Q: "10304145361605011030 2446",
  R: "06003041423303 2346",
  S: "4130100102133343 4345361605",
  T: "0040 2026",
  U: "000516364540",
  V: "002640",
  W: "0016233640",
  X: "0046 4006",
  Y: "002340 2326",
  Z: "00400646",
  "0": "10304145361605011030 1531",
  "1": "112026 1636",
  "2": "01103041420646",
  "3": "01103041423323 3344453616 1605",
  "4": "36300444",
  "5": "400003233344453616 1605",
  "6": "413010010516364544331304",
  "7": "004026",
  "8": "10304142330302011030 3344453616050413",
  "9": "0516364541301001021343",
  "-": "1333",
  "+": "1333 2224",
  ".": "2526",
  ",": "2517",
  ":": "2122 2425",
  "/": "4006",
  "(": "30212536",
  ")": "10212516",
  "=": "0242 0444",
  "%": "4006 0001 4546",
  "'": "2021",
  "&": "4603021011220405163644",
};

const WIDTH = 4;
const GAP = 1.8;

/** Width of a line of text whose letters are `size` high. */
export const strokeWidth = (text: string, size: number): number =>
  Math.max(0, [...text].length * (WIDTH + GAP) - GAP) * (size / 6);

/** The text in capitals as one path from (x, y), the upper left corner; letters that are not known leave a gap. */
export function strokePath(text: string, x: number, y: number, size: number): string {
  const unit = size / 6;
  const at = (value: number): string => String(Math.round(value * 100) / 100);
  return [...text.toUpperCase()]
    .flatMap((letter, i) => {
      const left = x + i * (WIDTH + GAP) * unit;
      return (LETTERS[letter] ?? "")
        .split(" ")
        .filter((stroke) => stroke !== "")
        .map((stroke) => {
          const points = stroke.match(/../g) ?? [];
          const corners = points.map(
            (point) => `${at(left + Number(point[0]) * unit)},${at(y + Number(point[1]) * unit)}`,
          );
          return `M${corners.join("L")}`;
        });
    })
    .join("");
}
