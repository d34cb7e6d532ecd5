// What must stand in no file of the repository: addresses of package registries, paths of somebody's machine, drawer names.
// Every pattern is put together from pieces, so that this file and its test do not match themselves.
import type { Violation } from "./check.ts";

interface Rule {
  readonly pattern: RegExp;
  readonly problem: string;
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");

const REGISTRY_HOSTS: readonly string[] = [
  ["registry", "npmjs", "org"],
  ["registry", "yarnpkg", "com"],
  ["registry", "npmmirror", "com"],
  ["npm", "pkg", "github", "com"],
  ["files", "pythonhosted", "org"],
  ["deb", "debian", "org"],
].map((parts) => parts.join("."));

/** Top folders that only exist on one machine or for one user. */
const MACHINE_FOLDERS: readonly string[] = [
  "root",
  "work",
  "home/[a-z][\\w.-]*",
  "Users/[A-Za-z][\\w.-]*",
  "tmp/oracle",
];

/** Rules for text; `registry` is the address that the package manager uses here, where it is known. */
export function hygieneRules(registry?: string): readonly Rule[] {
  const own = registry === undefined || !URL.canParse(registry) ? [] : [new URL(registry).host];
  const hosts = [...new Set([...REGISTRY_HOSTS, ...own])].map(escaped).join("|");
  return [
    { pattern: new RegExp(`(?<![\\w.-])(?:${hosts})(?![\\w-])`), problem: "names a package registry" },
    // 127.x and 0.0.0.0 are every machine's own.
    {
      pattern: /https?:\/\/(?!127\.|0\.0\.0\.0)\d{1,3}(?:\.\d{1,3}){3}/,
      problem: "holds the address of a machine",
    },
    {
      pattern: new RegExp(`(?<![\\w.~$}/*-])/(?:${MACHINE_FOLDERS.join("|")})(?:/|(?=["'\`\\s]|$))`),
      problem: "holds a path of one machine",
    },
    { pattern: /(?<!\w)[A-Z]:\\{1,2}Users\\/, problem: "holds a path of one machine" },
  ];
}

/** Places in a text file that break a rule. Binary files (with a zero byte) are left out. */
export function checkText(file: string, text: string, rules: readonly Rule[]): Violation[] {
  if (text.includes("\0")) return [];
  // Most files break nothing: the lines are only told apart where one does.
  const broken = rules.filter((rule) => new RegExp(rule.pattern, "m").test(text));
  if (broken.length === 0) return [];
  return text.split("\n").flatMap((content, index) =>
    broken
      .map((rule) => ({ rule, match: rule.pattern.exec(content) }))
      .filter(({ match }) => match !== null)
      .map(({ rule, match }) => ({
        file,
        line: index + 1,
        problem: `${rule.problem}: ${match?.[0].trim()}`,
      })),
  );
}

const DRAWERS = new Set(["index", "util", "utils", "helper", "helpers", "misc", "common"]);

/** A source file whose name says nothing about what is in it. */
export function checkName(file: string): Violation[] {
  const stem = (file.split("/").at(-1) ?? "").replace(/\.[^.]*$/, "").replace(/\.test$/, "");
  return DRAWERS.has(stem)
    ? [{ file, line: 1, problem: `"${stem}" names a drawer: call the file by its idea` }]
    : [];
}
