// Flights as rows in order of time: what a timetable says of them, and whether they were late.
import type { ResolvedSource } from "#harness/data/source.ts";
import { readText } from "#harness/data/text.ts";
import { RankbenchError } from "#harness/failure/error.ts";
import { categories, type FieldSpec, numbers } from "#tasks/encoding/categorical-field.ts";
import type { TimedRow } from "#tasks/encoding/ctr-rows.ts";
import { fileOf } from "#tasks/encoding/read-rows.ts";
import { FLIGHTS_FILE } from "./flights.source.ts";

/** Columns of the rows below. An airport needs ten training flights for a row of its own. */
export const FLIGHT_FIELDS: readonly FieldSpec[] = [
  ...categories(1, "day", "hour", "weekday"),
  ...numbers("distance"),
  ...categories(10, "origin", "destination"),
];

/** Late from this many minutes on, as the Bureau counts; 22 % of flights are. */
const LATE_ABOVE = 15;

const DATE = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d):(\d\d)$/;

function refuse(file: string, flight: number | null, field: string, value: unknown, wanted: string) {
  return new RankbenchError({
    reason: "data",
    thing: `file ${file}`,
    problem: flight === null ? "it is no list of flights" : "a flight cannot be read",
    field: flight === null ? field : `flight ${flight}, ${field}`,
    value,
    wanted,
    next: "get an undamaged copy of the file: bench data verify says which copies are good",
  });
}

/** Minutes since 1970 of a local time, or null for no time of a calendar. */
function minutes(date: string): number | null {
  const parts = DATE.exec(date)?.slice(1).map(Number);
  if (parts === undefined) return null;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0] = parts;
  const time = Date.UTC(year, month - 1, day, hour, minute);
  // A thirtieth of February would be counted on into March.
  return new Date(time).toISOString().slice(0, 16).replaceAll("-", "/").replace("T", " ") === date
    ? time / 60_000
    : null;
}

/** A flight of the file, counted from 1. Throws a `data` error. */
function parseFlight(file: string, value: unknown, flight: number): TimedRow {
  const cells = (value ?? {}) as Readonly<Record<string, unknown>>;
  const { date, delay, distance, origin, destination } = cells;
  const time = typeof date === "string" ? minutes(date) : null;
  if (time === null) throw refuse(file, flight, "date", date, "a time as 2001/01/31 23:59");
  const number = (field: string, found: unknown): number => {
    if (typeof found !== "number" || !Number.isFinite(found))
      throw refuse(file, flight, field, found, "a number");
    return found;
  };
  const airport = (field: string, found: unknown): string => {
    if (typeof found !== "string" || !/^[A-Z]{3}$/.test(found))
      throw refuse(file, flight, field, found, "three letters of an airport");
    return found;
  };
  const at = new Date(time * 60_000);
  return {
    cells: [
      at.toISOString().slice(0, 10),
      `${at.getUTCHours()}`,
      `${at.getUTCDay()}`,
      `${number("distance", distance)}`,
      airport("origin", origin),
      airport("destination", destination),
    ],
    label: number("delay", delay) > LATE_ABOVE ? 1 : 0,
    line: flight,
    time,
  };
}

/** Flights of a JSON array in order of time; those of one minute as in the file, which `file` names. Throws a `data` error. */
export function parseFlights(text: string, file: string): TimedRow[] {
  let list: unknown;
  try {
    list = JSON.parse(text);
  } catch (cause) {
    throw refuse(file, null, "JSON", cause instanceof Error ? cause.message : String(cause), "a JSON array");
  }
  if (!Array.isArray(list) || list.length === 0)
    throw refuse(file, null, "JSON", text.slice(0, 60), "a JSON array of flights");
  return list
    .map((value: unknown, i) => parseFlight(file, value, i + 1))
    .sort((a, b) => a.time - b.time || a.line - b.line);
}

/** All flights of the source. Throws `data` and `storage` errors. */
export async function readFlights(source: ResolvedSource): Promise<TimedRow[]> {
  const file = fileOf(source, FLIGHTS_FILE);
  return parseFlights(await readText(file), file.path);
}
