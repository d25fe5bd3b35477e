// The coverage floor: lines of `src` run by the tests, where a file that none loads counts as unrun.
import { stripTypeScriptTypes } from "node:module";

export interface FileCoverage {
  /** Below `src`. */
  readonly path: string;
  readonly lines: number;
  readonly covered: number;
}

const FLOOR_PERCENT = 85;
const ROWS = 12;
const SRC = new URL("../../src/", import.meta.url);

/** The files below `srcPath` in an lcov report. */
export function readLcov(lcov: string, srcPath: string): readonly FileCoverage[] {
  return lcov.split("end_of_record").flatMap((record) => {
    const file = /^SF:(.*)$/m.exec(record)?.[1];
    if (!file?.startsWith(srcPath)) return [];
    const hits = [...record.matchAll(/^DA:\d+,(\d+)/gm)].map((line) => Number(line[1]));
    const covered = hits.filter((count) => count > 0).length;
    return [{ path: file.slice(srcPath.length), lines: hits.length, covered }];
  });
}

/** Lines that `deno coverage` would count in a file it has not seen: no types, comments or blanks. */
export function countCodeLines(source: string): number {
  const withoutComments = stripTypeScriptTypes(source).replaceAll(/^\s*\/\*[\s\S]*?\*\//gm, "");
  return withoutComments.split("\n").filter((line) => /^\s*(?!\/\/)\S/.test(line)).length;
}

export function totalOf(files: readonly FileCoverage[]): Omit<FileCoverage, "path"> {
  const sum = (numbers: readonly number[]) => numbers.reduce((total, one) => total + one, 0);
  return {
    lines: sum(files.map((one) => one.lines)),
    covered: sum(files.map((one) => one.covered)),
  };
}

/** Files with the most unrun lines first, then the total. */
export function table(files: readonly FileCoverage[]): string {
  const unrun = (one: FileCoverage) => one.lines - one.covered;
  const worst = files.filter((one) => unrun(one) > 0).sort((a, b) => unrun(b) - unrun(a));
  const rows = [...worst.slice(0, ROWS), { path: "all of src", ...totalOf(files) }].map((one) => {
    const cells = [unrun(one), one.lines, percentOf(one).toFixed(1)].map((cell) => `${cell}`);
    return [...cells.map((cell) => cell.padStart(7)), one.path].join("  ");
  });
  return ["  UNRUN    LINES        %  FILE", ...rows].join("\n");
}

function percentOf({ lines, covered }: Omit<FileCoverage, "path">): number {
  return lines === 0 ? 100 : (100 * covered) / lines;
}

function* sourceFiles(folder: URL): Generator<URL> {
  for (const entry of Deno.readDirSync(folder)) {
    if (entry.isDirectory) yield* sourceFiles(new URL(`${entry.name}/`, folder));
    else if (entry.name.endsWith(".ts")) yield new URL(entry.name, folder);
  }
}

function main(lcovFile: string): number {
  const srcPath = decodeURIComponent(SRC.pathname);
  const loaded = readLcov(Deno.readTextFileSync(lcovFile), srcPath);
  const known = new Set(loaded.map((one) => one.path));
  const unloaded = [...sourceFiles(SRC)]
    .map((url) => ({ url, path: decodeURIComponent(url.pathname).slice(srcPath.length) }))
    .filter(({ path }) => !known.has(path))
    .map(({ url, path }) => ({
      path,
      lines: countCodeLines(Deno.readTextFileSync(url)),
      covered: 0,
    }));
  const files = [...loaded, ...unloaded];
  console.log(table(files));
  if (percentOf(totalOf(files)) >= FLOOR_PERCENT) return 0;
  console.error(`Line coverage of src is below ${FLOOR_PERCENT} %`);
  return 1;
}

if (import.meta.main) Deno.exitCode = main(Deno.args[0] ?? "coverage/lcov.info");
