// A stranger's scenario file, loaded and simulated in a worker that may touch nothing.

import { basename } from "node:path";
import { pathToFileURL } from "node:url";
import { CliError, EXIT } from "./exit.ts";
import type { Runner, RunRequest, RunResult } from "./runner.ts";
import type { FromWorker, ToWorker } from "./sandbox_messages.ts";

/** A file that has not answered by then is taken to be stuck. */
const LOAD_TIMEOUT_MS = 30_000;

const WORKER = new URL("./sandbox_worker.ts", import.meta.url).href;

/**
 * Loads a scenario file. Throws a `CliError` (107) in one sentence when the file throws, reads a file,
 * the environment or the network, or gives no answer; (1) when there is no such file.
 */
export async function loadSandboxed(path: string, stop: AbortSignal): Promise<Runner> {
  checkFile(path);
  const url = pathToFileURL(path).href;
  // The import is a literal, so its graph is loaded by this program; what it does runs without permissions.
  const source = `import { serveSandbox } from ${JSON.stringify(WORKER)};\n` +
    `await serveSandbox(() => import(${JSON.stringify(url)}));`;
  const blob = URL.createObjectURL(new Blob([source], { type: "application/javascript" }));
  const worker = new Worker(blob, {
    type: "module",
    name: basename(path),
    deno: { permissions: "none" },
  } as WorkerOptions);
  try {
    const answer = await answerOf(worker, path, stop);
    return sandboxedRunner(worker, path, answer.data);
  } catch (error) {
    worker.terminate();
    throw error;
  } finally {
    URL.revokeObjectURL(blob);
  }
}

function checkFile(path: string): void {
  try {
    if (Deno.statSync(path).isFile) return;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) {
      throw new CliError(`Cannot read "${path}": ${reason(error)}`);
    }
    throw new CliError(`Cannot find the scenario "${path}": there is no such file`);
  }
  throw new CliError(`Cannot run "${path}": it is not a file`);
}

function reason(error: unknown): string {
  return error instanceof Deno.errors.PermissionDenied
    ? "permission denied"
    : String((error as Error).message);
}

function answerOf(
  worker: Worker,
  path: string,
  stop: AbortSignal,
): Promise<Extract<FromWorker, { say: "loaded" }>> {
  return new Promise((resolve, reject) => {
    const name = basename(path);
    const timer = setTimeout(() => {
      const message = `Cannot load "${name}": it gave no answer for ${LOAD_TIMEOUT_MS / 1000} s`;
      reject(new CliError(message, EXIT.scenarioThrew));
    }, LOAD_TIMEOUT_MS);
    const interrupted = () => reject(new CliError("Interrupted while loading", EXIT.interrupted));
    const settle = (then: () => void) => {
      clearTimeout(timer);
      stop.removeEventListener("abort", interrupted);
      then();
    };
    stop.addEventListener("abort", interrupted);
    worker.onmessage = ({ data: message }: MessageEvent<FromWorker>) => {
      if (message.say === "loaded") settle(() => resolve(message));
      if (message.say === "failed") settle(() => reject(failure(name, message)));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      const first = event.message.split("\n")[0]!;
      settle(() => reject(new CliError(`Cannot load "${name}": ${first}`, EXIT.scenarioThrew)));
    };
  });
}

/** What a permission is called in the sentence that refuses it. */
const REFUSED: readonly [RegExp, string][] = [
  [/read access to (".*?")/, 'read the file $1: import data with { type: "json" } or "text"'],
  [/write access to (".*?")/, "write the file $1"],
  [/env access to (".*?")/, "read the environment variable $1"],
  [/env access/, "read the environment"],
  [/net access to (".*?")/, "reach the network at $1"],
  [/run access to (".*?")/, "run the program $1"],
  [/(\w+) access/, "have $1 access"],
];

function failure(
  name: string,
  { name: kind, message, at }: Extract<FromWorker, { say: "failed" }>,
): CliError {
  const where = at === "" ? "" : ` (${basename(at)})`;
  if (kind === "NotCapable") {
    const [pattern, words] = REFUSED.find(([pattern]) => pattern.test(message)) ?? [/^/, "do that"];
    const refused = pattern.exec(message)![0].replace(pattern, words);
    return new CliError(
      `A scenario has no permissions: "${name}"${where} may not ${refused}`,
      EXIT.scenarioThrew,
    );
  }
  const first = message.split("\n")[0]!;
  // What Deno says when a module of the file's graph cannot be parsed or found.
  const unreadable = /^(?:SyntaxError: |Module not found )/.test(first);
  if (unreadable) {
    return new CliError(`Cannot load "${name}": ${first}${where}`, EXIT.scenarioThrew);
  }
  return new CliError(`The scenario "${name}" threw ${kind}: ${first}${where}`, EXIT.scenarioThrew);
}

function sandboxedRunner(worker: Worker, path: string, data: unknown): Runner {
  const send = (message: ToWorker) => worker.postMessage(message);
  return {
    data,
    close: () => worker.terminate(),
    run: ({ seed, speed, lines, progress, stop }: RunRequest) =>
      new Promise<RunResult>((resolve, reject) => {
        const abort = () => send({ say: "stop" });
        stop.addEventListener("abort", abort, { once: true });
        worker.onmessage = ({ data: message }: MessageEvent<FromWorker>) => {
          if (message.say === "progress") {
            if (message.lines.length > 0) lines?.(message.lines);
            progress(message.virtualUs);
          } else if (message.say === "ended") {
            stop.removeEventListener("abort", abort);
            resolve(message.result);
          } else if (message.say === "failed") {
            reject(failure(basename(path), message));
          }
        };
        send({ say: "run", seed, speed, lines: lines !== undefined });
      }),
  };
}
