// Tables as CSV (RFC 4180). Knows nothing of what is in them.

export type CsvValue = string | number | null;

function cell(value: CsvValue): string {
  if (value === null) return "";
  const text = String(value);
  // Programs for tables run a cell that starts like a formula; names in records are not ours.
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows, each ended by CR LF; null is an empty cell. */
export const csvLines = (rows: readonly (readonly CsvValue[])[]): string =>
  rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");

/** Header and rows. */
export const renderCsv = (header: readonly string[], rows: readonly (readonly CsvValue[])[]): string =>
  csvLines([header, ...rows]);
