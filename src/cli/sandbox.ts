// A stranger's scenario file, loaded and simulated in a worker that may touch nothing.

import { basename, dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import type { Console } from "./console.ts";
import { CliError, EXIT } from "./exit.ts";
import type { Runner, RunRequest, RunResult } from "./runner.ts";
import type { Failure, FromWorker, ToWorker } from "./sandbox_messages.ts";

/** A file that has not answered by then is taken to be stuck. */
const LOAD_TIMEOUT_MS = 30_000;
/** A worker that was told to stop has this long to say how far it came. */
const STOP_TIMEOUT_MS = 150;

const MTOP_ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** What tells that a folder is the root of somebody's project. */
const ROOT_MARKS = [".git", "deno.json", "deno.jsonc", "package.json"];

/**
 * Loads a scenario file. It may import what lies in its own project and in mtop's; it may read, reach
 * and run nothing. Throws a `CliError` in one sentence: 107 when the file throws, tries any of that or
 * gives no answer, 1 when there is no such file.
 */
export async function loadSandboxed(
  path: string,
  console: Console,
  stop: AbortSignal,
): Promise<Runner> {
  checkFile(path);
  const sandbox = new Sandbox(path, console);
  try {
    return await sandbox.load(stop);
  } catch (error) {
    sandbox.close();
    throw error;
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
  const serve = text(new URL("./sandbox_worker.ts", import.meta.url).href);
  const scenario = `import ${revoke}; import * as file from ${
    text(url.href)
  }; export default file.default;`;
  const source = `import { serveSandbox } from ${serve};` +
    `serveSandbox(${text(`data:application/javascript,${encodeURIComponent(scenario)}`)});`;
  const blob = URL.createObjectURL(new Blob([source], { type: "application/javascript" }));
  const read = [projectRoot(fileURLToPath(url)), MTOP_ROOT];
  const none = { env: false, ffi: false, import: false, net: false, run: false, sys: false };
  return new Worker(blob, {
    type: "module",
    name: basename(path),
    deno: { permissions: { ...none, write: false, read } },
  } as WorkerOptions);
}

class Sandbox {
  readonly #name: string;
  readonly #console: Console;
  readonly #worker: Worker;
  readonly #port: MessagePort;
  /** Takes what the worker says; what nobody waits for is a failure of the file. */
  #hear: (message: FromWorker) => void = () => {};
  #fail: (error: CliError) => void = () => {};

  constructor(path: string, console: Console) {
    this.#name = basename(path);
    this.#console = console;
    this.#worker = startWorker(path);
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    this.#port.onmessage = ({ data }: MessageEvent<FromWorker>) => this.#take(data);
    this.#worker.postMessage(null, [port2]);
    this.#worker.onerror = (event) => {
      event.preventDefault();
      const [first] = event.message.split("\n");
      this.#fail(new CliError(`Cannot load "${this.#name}": ${first}`, EXIT.scenarioThrew));
    };
  }

  close(): void {
    this.#port.close();
    this.#worker.terminate();
  }

  load(stop: AbortSignal): Promise<Runner> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        const message = `Cannot load "${this.#name}": it gave no answer for 30 s`;
        this.#fail(new CliError(message, EXIT.scenarioThrew));
      }, LOAD_TIMEOUT_MS);
      const interrupted = () =>
        this.#fail(new CliError("Interrupted while loading", EXIT.interrupted));
      stop.addEventListener("abort", interrupted);
      const settle = (then: () => void) => {
        clearTimeout(timer);
        stop.removeEventListener("abort", interrupted);
        then();
      };
      this.#fail = (error) => settle(() => reject(error));
      this.#hear = (message) => {
        if (message.say === "loaded") settle(() => resolve(this.#runner(message.data)));
      };
    });
  }

  #take(message: FromWorker): void {
    if (message.say === "printed") this.#console.err(`${this.#name}: ${message.text}\n`);
    else if (message.say === "failed") this.#fail(failure(this.#name, message));
    else this.#hear(message);
  }

  #runner(data: unknown): Runner {
    return { data, close: () => this.close(), run: (request) => this.#run(request) };
  }

  #run({ seed, speed, lines, progress, stop }: RunRequest): Promise<RunResult> {
    const send = (message: ToWorker) => this.#port.postMessage(message);
    return new Promise((resolve, reject) => {
      let timer: ReturnType<typeof setTimeout> | undefined;
      const abort = () => {
        send({ say: "stop" });
        timer = setTimeout(() => {
          this.#fail(new CliError("Interrupted: the scenario did not answer", EXIT.interrupted));
        }, STOP_TIMEOUT_MS);
      };
      const settle = (then: () => void) => {
        clearTimeout(timer);
        stop.removeEventListener("abort", abort);
        then();
      };
      stop.addEventListener("abort", abort);
      this.#fail = (error) => settle(() => reject(error));
      this.#hear = (message) => {
        if (message.say === "ended") return settle(() => resolve(message.result));
        if (message.say !== "progress") return;
        if (message.lines.length > 0) lines?.(message.lines);
        progress(message.virtualUs);
      };
      send({ say: "run", seed, speed, lines: lines !== undefined });
    });
  }
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
  const where = at === "" ? "" : ` (${basename(at)})`;
  const [first = ""] = message.split("\n");
  const refused = REFUSED.find(([pattern]) => pattern.test(first));
  if (/^Requires \w+ access/.test(first) && refused) {
    const [pattern, words] = refused;
    const what = pattern.exec(first)![0].replace(pattern, words);
    const sentence = `A scenario has no permissions: "${name}"${where} may not ${what}`;
    return new CliError(sentence, EXIT.scenarioThrew);
  }
  if (/lockfile is out of date|not found in cache|--cached-only/.test(message)) {
    const sentence =
      `Cannot load "${name}": a scenario imports "mtop", "mtop/yaml" and files, no other packages`;
    return new CliError(sentence, EXIT.scenarioThrew);
  }
  // What Deno says when a module of the file's graph cannot be parsed or found.
  const unreadable = /^(?:SyntaxError: |Module not found )/.test(first);
  const said = unreadable
    ? `Cannot load "${name}": ${first}`
    : `The scenario "${name}" threw ${kind}: ${first}`;
  return new CliError(said + where, EXIT.scenarioThrew);
}
