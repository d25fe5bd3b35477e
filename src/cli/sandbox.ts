// A stranger's scenario file, loaded in a worker that may touch nothing, for its data alone.

import { basename } from "node:path";
import { z } from "zod";
import { withStandIns } from "../scenario/own_code.ts";
import type { Console } from "./console.ts";
import { CliError, EXIT } from "./exit.ts";
import { ownCodeRunner } from "./own_code_runner.ts";
import {
  failedSchema,
  failure,
  plain,
  printed,
  printedSchema,
  startSandbox,
} from "./sandbox_worker.ts";

/** A file that has not answered by then is taken to be stuck. */
const LOAD_TIMEOUT_MS = 30_000;

/**
 * Loads a scenario file and returns its data. The file may import what lies in its own project and in
 * mtop's; it may read, reach and run nothing. Only data leaves the worker, which then ends: what is
 * simulated, judged and printed is done by mtop's own code. Where the scenario has code of its own, a
 * stand-in for it comes with the data, and `runPlan` simulates it in such a worker. Throws a `CliError`
 * in one sentence: 107 when the file throws, tries any of that or gives no answer, 1 when there is no
 * such file.
 */
export async function loadSandboxed(
  path: string,
  console: Console,
  stop: AbortSignal,
): Promise<unknown> {
  checkFile(path);
  checkName(path);
  const worker = startSandbox(path, "./sandbox_loader.ts", "loadScenario");
  try {
    const { data, functions } = await answerOf(worker, basename(path), console, stop);
    return withStandIns(data, ownCodeRunner(path, console), functions);
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

/** By its name alone: what it holds only its worker looks at. */
function checkName(path: string): void {
  if (/(?:^|[/\\])[^.]*$|\.[cm]?[jt]sx?$/.test(path)) return;
  const hint = /\.jsonl(?:\.zst)?$/.test(path)
    ? "; of a log there is mtop replay, and mtop run --from"
    : "";
  throw new CliError(`Cannot run "${path}": a scenario's file is TypeScript or JavaScript${hint}`);
}

/** The worker's one answer. It is a stranger's: every part of it may be anything. */
function answerOf(worker: Worker, name: string, console: Console, stop: AbortSignal) {
  return new Promise<Loaded>((resolve, reject) => {
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
      if (said?.say === "loaded") settle(() => resolve(said));
      else if (said?.say === "failed") settle(() => reject(failure(name, said)));
      else if (said) console.err(printed(name, said.text));
    };
    worker.onerror = (event) => {
      event.preventDefault();
      fail(`Cannot load "${name}": ${plain(event.message)}`);
    };
  });
}

const loadedSchema = z.object({
  say: z.literal("loaded"),
  data: z.unknown(),
  functions: z.record(z.string(), z.array(z.string())),
});
type Loaded = z.output<typeof loadedSchema>;

const fromLoaderSchema = z.discriminatedUnion("say", [
  loadedSchema,
  failedSchema,
  printedSchema,
]);
