// What a configuration sets otherwise than its method does by default, as boards, tables and plans write it beside a name.
import { type ConfigValue, canonicalJson } from "./identity.ts";

type Config = Readonly<Record<string, ConfigValue>>;

function render(value: ConfigValue | undefined): string {
  if (value === undefined) return "-";
  if (Array.isArray(value)) return value.map(String).join(",");
  return typeof value === "object" ? canonicalJson(value) : String(value);
}

/** `rank=16 alpha=32`; empty where nothing differs, or the defaults are not known. */
export function configDifference(config: Config, defaults: Config | null): string {
  if (defaults === null) return "";
  const keys = [...new Set([...Object.keys(config), ...Object.keys(defaults)])].sort();
  return keys
    .filter((key) => canonicalJson(config[key] ?? null) !== canonicalJson(defaults[key] ?? null))
    .map((key) => `${key}=${render(config[key])}`)
    .join(" ");
}
