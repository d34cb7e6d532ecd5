// Values of settings as people read them. Pure; bundled into the pages.

/** Text as it is, lists and the like as JSON that can be wrapped; a dash where nothing is set. */
export function settingText(value: unknown): string {
  if (value === undefined) return "–";
  return typeof value === "string" ? value : JSON.stringify(value).replaceAll(",", ", ");
}
