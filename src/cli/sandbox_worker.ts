// The worker of a stranger's scenario file: how it is started, and how its words are told to the user.

import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";
import { CliError, EXIT } from "./exit.ts";
import type { FromLoader } from "./sandbox_loader.ts";

type Failure = Extract<FromLoader, { say: "failed" }>;

const MTOP_ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** What tells that a folder is the root of somebody's project. */
const ROOT_MARKS = [".git", "deno.json", "deno.jsonc", "package.json"];

/** The nearest folder above the file that is the root of a project, else the file's own. */
function projectRoot(path: string): string {
  for (let folder = dirname(path);; folder = dirname(folder)) {
    if (ROOT_MARKS.some((mark) => exists(join(folder, mark)))) return folder;
    if (folder === dirname(folder)) return dirname(path);
  }
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}

/**
 * Starts the worker of a scenario file: `call` of mtop's `module` there is handed the address under which
 * the file can be imported.
 */
export function startSandbox(path: string, module: string, call: string): Worker {
  const url = pathToFileURL(path);
  const text = JSON.stringify;
  const revoke = text(new URL("./sandbox_revoke.ts", import.meta.url).href);
  const loader = text(new URL(module, import.meta.url).href);
  const scenario = `import ${revoke}; import * as file from ${
    text(url.href)
  }; export default file.default;`;
  const source = `import { ${call} } from ${loader};` +
    `${call}(${text(`data:application/javascript,${encodeURIComponent(scenario)}`)});`;
  const blob = URL.createObjectURL(new Blob([source], { type: "application/javascript" }));
  const read = [projectRoot(fileURLToPath(url)), MTOP_ROOT];
  const none = { env: false, ffi: false, import: false, net: false, run: false, sys: false };
  return new Worker(blob, {
    type: "module",
    name: basename(path),
    deno: { permissions: { ...none, write: false, read } },
  } as WorkerOptions);
}

export const failedSchema = z.object({
  say: z.literal("failed"),
  name: z.string(),
  message: z.string(),
  at: z.string(),
});
export const printedSchema = z.object({ say: z.literal("printed"), text: z.string() });

/** The first line of a stranger's text, without what could do something to a terminal. */
export function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.split("\n", 1)[0]!.slice(0, 500).replace(/[\x00-\x1f\x7f-\x9f]/g, "");
}

/** Every line of it under the file's name, so that none can pass for the program's own. */
export function printed(name: string, text: string): string {
  return text.split("\n").map((line) => `${name}: ${plain(line)}\n`).join("");
}

/** What a permission is called in the sentence that refuses it. */
const REFUSED: readonly [RegExp, string][] = [
  [
    /read access to (".*?")/,
    "read $1: what it needs of its own project (the nearest folder with .git, deno.json or " +
    'package.json) it imports at its top, data with { type: "json" } or "text"',
  ],
  [/write access to (".*?")/, "write the file $1"],
  [/env access to (".*?")/, "read the environment variable $1"],
  [/env access/, "read the environment"],
  [/(?:net|import) access to (".*?")/, "reach the network at $1"],
  [/run access to (".*?")/, "run the program $1"],
  [/(\w+) access/, "have $1 access"],
];

export function failure(name: string, { name: kind, message, at }: Failure): CliError {
  // It names the policy of the file itself.
  if (kind === "PolicyError") return new CliError(plain(message), EXIT.scenarioThrew);
  const where = at === "" ? "" : ` (${basename(plain(at))})`;
  return new CliError(sentence(name, plain(kind), plain(message), where), EXIT.scenarioThrew);
}

function sentence(name: string, kind: string, message: string, where: string): string {
  const refused = /^Requires \w+ access/.test(message) &&
    REFUSED.find(([pattern]) => pattern.test(message));
  if (refused) {
    const [pattern, words] = refused;
    const what = pattern.exec(message)![0].replace(pattern, words);
    return `A scenario has no permissions: "${name}"${where} may not ${what}`;
  }
  if (
    /lockfile is out of date|not found in cache|--cached-only|^Failed loading \S+ for package/.test(
      message,
    )
  ) {
    return `Cannot load "${name}": a scenario imports "mtop", "mtop/yaml" and files, no other packages`;
  }
  // What Deno says when a module of the file's graph cannot be parsed or found.
  const unreadable = /^(?:SyntaxError: |Module not found )/.test(message);
  const said = unreadable
    ? `Cannot load "${name}": ${message}`
    : `The scenario "${name}" threw ${kind}: ${message}`;
  return said + where;
}
