// A stranger's scenario file, loaded in a worker that may touch nothing, for its data alone.

import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { z } from "zod";
import type { Console } from "./console.ts";
import { CliError, EXIT } from "./exit.ts";
import type { FromLoader } from "./sandbox_loader.ts";

type Failure = Extract<FromLoader, { say: "failed" }>;

/** A file that has not answered by then is taken to be stuck. */
const LOAD_TIMEOUT_MS = 30_000;

const MTOP_ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** What tells that a folder is the root of somebody's project. */
const ROOT_MARKS = [".git", "deno.json", "deno.jsonc", "package.json"];

/**
 * Loads a scenario file and returns its data. The file may import what lies in its own project and in
 * mtop's; it may read, reach and run nothing. Only data leaves the worker, which then ends: what is
 * simulated, judged and printed is done by mtop's own code. Throws a `CliError` in one sentence: 107
 * when the file throws, tries any of that or gives no answer, 1 when there is no such file.
 */
export async function loadSandboxed(
  path: string,
  console: Console,
  stop: AbortSignal,
): Promise<unknown> {
  checkFile(path);
  const worker = startWorker(path);
  try {
    return await answerOf(worker, basename(path), console, stop);
  } finally {
    worker.terminate();
  }
}

function checkFile(path: string): void {
  try {
    if (Deno.statSync(path).isFile) return;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) {
      throw new CliError(`Cannot find the scenario "${path}": there is no such file`);
    }
    const denied = error instanceof Deno.errors.PermissionDenied;
    const reason = denied ? "permission denied" : String((error as Error).message);
    throw new CliError(`Cannot read "${path}": ${reason}`);
  }
  throw new CliError(`Cannot run "${path}": it is not a file`);
}

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

function startWorker(path: string): Worker {
  const url = pathToFileURL(path);
  const text = JSON.stringify;
  const revoke = text(new URL("./sandbox_revoke.ts", import.meta.url).href);
  const loader = text(new URL("./sandbox_loader.ts", import.meta.url).href);
  const scenario = `import ${revoke}; import * as file from ${
    text(url.href)
  }; export default file.default;`;
  const source = `import { loadScenario } from ${loader};` +
    `loadScenario(${text(`data:application/javascript,${encodeURIComponent(scenario)}`)});`;
  const blob = URL.createObjectURL(new Blob([source], { type: "application/javascript" }));
  const read = [projectRoot(fileURLToPath(url)), MTOP_ROOT];
  const none = { env: false, ffi: false, import: false, net: false, run: false, sys: false };
  return new Worker(blob, {
    type: "module",
    name: basename(path),
    deno: { permissions: { ...none, write: false, read } },
  } as WorkerOptions);
}

/** The worker's one answer. It is a stranger's: every part of it may be anything. */
function answerOf(worker: Worker, name: string, console: Console, stop: AbortSignal) {
  return new Promise<unknown>((resolve, reject) => {
    const fail = (message: string, exitCode: number = EXIT.scenarioThrew) =>
      settle(() => reject(new CliError(message, exitCode)));
    const timer = setTimeout(
      () => fail(`Cannot load "${name}": it gave no answer for ${LOAD_TIMEOUT_MS / 1000} s`),
      LOAD_TIMEOUT_MS,
    );
    const interrupted = () => fail("Interrupted while loading", EXIT.interrupted);
    const settle = (then: () => void) => {
      clearTimeout(timer);
      stop.removeEventListener("abort", interrupted);
      then();
    };
    stop.addEventListener("abort", interrupted);
    worker.onmessage = ({ data: message }: MessageEvent<unknown>) => {
      const said = fromLoaderSchema.safeParse(message).data;
      if (said?.say === "loaded") settle(() => resolve(said.data));
      else if (said?.say === "failed") settle(() => reject(failure(name, said)));
      else if (said) console.err(printed(name, said.text));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      fail(`Cannot load "${name}": ${plain(event.message)}`);
    };
  });
}

const fromLoaderSchema = z.discriminatedUnion("say", [
  z.object({ say: z.literal("loaded"), data: z.unknown() }),
  z.object({ say: z.literal("failed"), name: z.string(), message: z.string(), at: z.string() }),
  z.object({ say: z.literal("printed"), text: z.string() }),
]);

/** The first line of a stranger's text, without what could do something to a terminal. */
function plain(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.split("\n", 1)[0]!.slice(0, 500).replace(/[\x00-\x1f\x7f-\x9f]/g, "");
}

/** Every line of it under the file's name, so that none can pass for the program's own. */
function printed(name: string, text: string): string {
  return text.split("\n").map((line) => `${name}: ${plain(line)}\n`).join("");
}

/** What a permission is called in the sentence that refuses it. */
const REFUSED: readonly [RegExp, string][] = [
  [
    /read access to (".*?")/,
    'read $1: import data of its own project with { type: "json" } or "text"',
  ],
  [/write access to (".*?")/, "write the file $1"],
  [/env access to (".*?")/, "read the environment variable $1"],
  [/env access/, "read the environment"],
  [/(?:net|import) access to (".*?")/, "reach the network at $1"],
  [/run access to (".*?")/, "run the program $1"],
  [/(\w+) access/, "have $1 access"],
];

function failure(name: string, { name: kind, message, at }: Failure): CliError {
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
