// Reads what a source file imports, and which forbidden sources of chance and time it touches, from its syntax tree.
// Knows nothing of layers and decides nothing.
import ts from "typescript";

export interface ImportUse {
  /** The module's name as written; null when it is computed. */
  readonly specifier: string | null;
  /** `type`: erased before the program runs. */
  readonly kind: "static" | "type" | "re-export" | "dynamic" | "require";
  /** 1-based. */
  readonly line: number;
}

export interface GlobalUse {
  /** `Math.random`, `Date.now`, `new Date()`, `performance.now`, `process.hrtime`. */
  readonly name: string;
  readonly kind: "chance" | "clock";
  readonly line: number;
}

export interface SourceFacts {
  readonly imports: readonly ImportUse[];
  readonly globals: readonly GlobalUse[];
  /** Lines of the file, a last line without line feed counted. */
  readonly lines: number;
}

const GLOBAL_MEMBERS: Readonly<Record<string, GlobalUse["kind"]>> = {
  "Math.random": "chance",
  "crypto.randomUUID": "chance",
  "crypto.getRandomValues": "chance",
  "Date.now": "clock",
  "performance.now": "clock",
  "process.hrtime": "clock",
};

const literal = (node: ts.Node | undefined): string | null =>
  node !== undefined && ts.isStringLiteralLike(node) ? node.text : null;

/** Whether every name that an import or export clause brings in is a type. */
function isTypeOnly(node: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  const clause = ts.isImportDeclaration(node) ? node.importClause : node;
  if (clause === undefined) return false;
  const { isTypeOnly: whole } = clause;
  if (whole) return true;
  if (ts.isImportClause(clause) && clause.name !== undefined) return false;
  const names = ts.isImportClause(clause) ? clause.namedBindings : clause.exportClause;
  if (names === undefined || !(ts.isNamedImports(names) || ts.isNamedExports(names))) return false;
  // `import {} from "x"` runs x; an empty list is no type import.
  return names.elements.length > 0 && names.elements.every((element) => element.isTypeOnly);
}

/** `requires`: whether the name `require` loads modules in this file; in ES modules it is any name until it is made. */
function importOf(node: ts.Node, requires: boolean): Omit<ImportUse, "line"> | undefined {
  if (ts.isImportDeclaration(node)) {
    return { specifier: literal(node.moduleSpecifier), kind: isTypeOnly(node) ? "type" : "static" };
  }
  if (ts.isExportDeclaration(node) && node.moduleSpecifier !== undefined) {
    return { specifier: literal(node.moduleSpecifier), kind: isTypeOnly(node) ? "type" : "re-export" };
  }
  if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument)) {
    return { specifier: literal(node.argument.literal), kind: "type" };
  }
  if (ts.isImportEqualsDeclaration(node) && ts.isExternalModuleReference(node.moduleReference)) {
    return {
      specifier: literal(node.moduleReference.expression),
      kind: node.isTypeOnly ? "type" : "require",
    };
  }
  if (!ts.isCallExpression(node)) return undefined;
  const specifier = literal(node.arguments[0]);
  if (node.expression.kind === ts.SyntaxKind.ImportKeyword) return { specifier, kind: "dynamic" };
  const callee = node.expression.getText();
  const loads = callee === "import.meta.resolve" || (requires && /^require(\.resolve)?$/.test(callee));
  return loads ? { specifier, kind: "require" } : undefined;
}

function globalOf(node: ts.Node): Omit<GlobalUse, "line"> | undefined {
  if (ts.isPropertyAccessExpression(node)) {
    const name = `${node.expression.getText().replace(/^globalThis\./, "")}.${node.name.text}`;
    const kind = GLOBAL_MEMBERS[name];
    return kind === undefined ? undefined : { name, kind };
  }
  if (
    ts.isNewExpression(node) &&
    node.expression.getText() === "Date" &&
    (node.arguments?.length ?? 0) === 0
  ) {
    return { name: "new Date()", kind: "clock" };
  }
  return undefined;
}

/** What the file at `path` (its ending decides the syntax) imports and touches, in the order of its text. */
export function readSource(path: string, text: string): SourceFacts {
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.ESNext, true);
  const requires = /\.c[jt]s$/.test(path) || text.includes("createRequire");
  const imports: ImportUse[] = [];
  const globals: GlobalUse[] = [];
  const visit = (node: ts.Node): void => {
    const line = () => source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
    const used = importOf(node, requires);
    if (used !== undefined) imports.push({ ...used, line: line() });
    const touched = globalOf(node);
    if (touched !== undefined) globals.push({ ...touched, line: line() });
    ts.forEachChild(node, visit);
  };
  visit(source);
  const lines = text === "" ? 0 : text.split("\n").length - (text.endsWith("\n") ? 1 : 0);
  return { imports, globals, lines };
}
