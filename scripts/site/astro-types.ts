// Types of .astro files: Astro's own compiler turns each into TSX in memory, and TypeScript checks all of them as one
// program. It needs no package beside astro and typescript.
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import ts from "typescript";
import { projectRoot } from "#harness/data/folders.ts";

interface Compiler {
  convertToTSX(source: string, options: { readonly filename: string }): Promise<{ readonly code: string }>;
}

/** The compiler that astro itself uses; it is no dependency of this project. */
async function compiler(): Promise<Compiler> {
  const ours = createRequire(import.meta.url);
  const astros = createRequire(ours.resolve("astro/package.json"));
  return (await import(pathToFileURL(astros.resolve("@astrojs/compiler")).href)) as Compiler;
}

/** A page or component as TypeScript sees it: `Card.astro` is `Card.astro.tsx`. */
const VIRTUAL = ".tsx";

/** Complaints about the .astro files below `folder`, one text each; empty when all is well. */
export async function astroTypeErrors(folder: string): Promise<string[]> {
  const root = projectRoot();
  const { convertToTSX } = await compiler();
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".astro"),
  );
  const virtual = new Map<string, string>();
  for (const name of names) {
    const file = join(folder, name);
    const { code } = await convertToTSX(readFileSync(file, "utf8"), { filename: file });
    virtual.set(file + VIRTUAL, code.replace(/^\/\/# sourceMappingURL=.*$/m, ""));
  }
  const { config } = ts.readConfigFile(join(root, "tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, files: [], include: [] }, ts.sys, root);
  const all: ts.CompilerOptions = {
    ...options,
    jsx: ts.JsxEmit.Preserve,
    jsxImportSource: "astro",
    lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    noUnusedLocals: true,
  };
  const host = ts.createCompilerHost(all, true);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (file) => virtual.has(file) || fileExists.call(host, file);
  host.readFile = (file) => virtual.get(file) ?? readFile.call(host, file);
  host.getSourceFile = (file, language, ...rest) => {
    const text = virtual.get(file);
    return text === undefined
      ? getSourceFile.call(host, file, language, ...rest)
      : ts.createSourceFile(file, text, language, true, ts.ScriptKind.TSX);
  };
  host.resolveModuleNameLiterals = (literals, containing, redirected, given) =>
    literals.map(({ text }) => {
      const target = resolve(dirname(containing), text) + VIRTUAL;
      if (text.startsWith(".") && virtual.has(target))
        return {
          resolvedModule: {
            resolvedFileName: target,
            extension: ts.Extension.Tsx,
            isExternalLibraryImport: false,
          },
        };
      return ts.resolveModuleName(text, containing, given, host, undefined, redirected, ts.ModuleKind.ESNext);
    });
  const program = ts.createProgram([...virtual.keys(), join(root, "node_modules/astro/env.d.ts")], all, host);
  return [...virtual.keys()].flatMap((file) => {
    const source = program.getSourceFile(file);
    if (source === undefined) return [`${file}: not read`];
    const found = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
    return found.map((each) => {
      const at = source.getLineAndCharacterOfPosition(each.start ?? 0).line;
      const line = source.text.split("\n")[at]?.trim().slice(0, 100) ?? "";
      const name = relative(root, file).slice(0, -VIRTUAL.length);
      return `${name}: ${ts.flattenDiagnosticMessageText(each.messageText, " ")} (at: ${line})`;
    });
  });
}
