// Runs inside the worker without permissions: takes a scenario's data, simulates it, tells the program.

import { plan } from "../scenario/plan.ts";
import { runPlan } from "./runner.ts";
import type { FromWorker, ToWorker } from "./sandbox_messages.ts";

type Post = (message: FromWorker) => void;

/** A scenario that ended its worker would leave the program waiting: it throws instead. */
function forbidEnding(): void {
  const refuse = (what: string) => (): never => {
    throw new Error(`a scenario must not call ${what}`);
  };
  Deno.exit = refuse("Deno.exit");
  globalThis.close = refuse("close");
}

/** Standard output is for data: what a scenario prints goes to the program, as a message. */
function redirectConsole(post: Post): void {
  const { inspect } = Deno;
  const print = (...values: unknown[]) => {
    const text = values.map((value) => typeof value === "string" ? value : inspect(value));
    post({ say: "printed", text: text.join(" ") });
  };
  for (const method of ["debug", "error", "info", "log", "warn"] as const) console[method] = print;
}

/** What is thrown after the file was loaded: by a timer, by a promise nobody waits for. */
function reportLateErrors(post: Post): void {
  addEventListener("error", (event) => {
    event.preventDefault();
    post(toFailure(event.error));
  });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    post(toFailure(event.reason));
  });
}

function toFailure(error: unknown): FromWorker {
  const thrown = error instanceof Error ? error : new Error(String(error));
  const frames = (thrown.stack ?? "").match(/file:\/\/[^\s)]+:\d+:\d+/g) ?? [];
  const at = frames.find((frame) => !frame.startsWith(import.meta.url)) ?? "";
  return { say: "failed", name: thrown.name, message: thrown.message, at };
}

/**
 * Waits for the program's port, imports the module at `url`, whose default export is the scenario, and
 * answers the program over the port from then on.
 */
export function serveSandbox(url: string): void {
  addEventListener("message", (event) => {
    const [port] = (event as MessageEvent).ports;
    if (port) serve(url, port);
  }, { once: true });
}

async function serve(url: string, port: MessagePort): Promise<void> {
  const post: Post = (message) => port.postMessage(message);
  forbidEnding();
  redirectConsole(post);
  reportLateErrors(post);
  const { parse, stringify } = JSON;
  let data: unknown;
  try {
    // Not a literal: the file and all it imports are loaded with this worker's permissions.
    const { default: scenario } = await import(url);
    data = parse(stringify(scenario ?? null));
  } catch (error) {
    return post(toFailure(error));
  }
  let stop = new AbortController();
  port.onmessage = ({ data: message }: MessageEvent<ToWorker>) => {
    if (message.say === "stop") return stop.abort();
    stop = new AbortController();
    run(data, message, stop.signal, post).catch((error) => post(toFailure(error)));
  };
  post({ say: "loaded", data });
}

async function run(
  data: unknown,
  { seed, speed, lines: wanted }: Extract<ToWorker, { say: "run" }>,
  stop: AbortSignal,
  post: Post,
): Promise<void> {
  const planned = plan(data);
  if ("problems" in planned) throw new Error("A scenario with problems cannot run");
  let lines: readonly string[] = [];
  const result = await runPlan(planned, data, {
    seed,
    speed,
    stop,
    ...(wanted ? { lines: (more: readonly string[]) => void (lines = more) } : {}),
    progress: (virtualUs) => {
      post({ say: "progress", virtualUs, lines });
      lines = [];
    },
  });
  post({ say: "ended", result });
}
