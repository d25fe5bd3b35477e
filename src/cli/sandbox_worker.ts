// Runs inside the worker without permissions: takes a scenario's data, simulates it, tells the program.

import { plan } from "../scenario/plan.ts";
import { runPlan } from "./runner.ts";
import type { FromWorker, ToWorker } from "./sandbox_messages.ts";

const scope = globalThis as unknown as {
  postMessage(message: FromWorker): void;
  onmessage: ((event: MessageEvent<ToWorker>) => void) | null;
  close(): void;
};

/** A scenario that ended its worker would leave the program waiting: it throws instead. */
function forbidEnding(): void {
  const refuse = (what: string) => (): never => {
    throw new Error(`a scenario must not call ${what}`);
  };
  Deno.exit = refuse("Deno.exit");
  scope.close = refuse("close");
}

function toFailure(error: unknown): FromWorker {
  const thrown = error instanceof Error ? error : new Error(String(error));
  const frames = (thrown.stack ?? "").match(/file:\/\/[^\s)]+:\d+:\d+/g) ?? [];
  const at = frames.find((frame) => !frame.startsWith(import.meta.url)) ?? "";
  return { say: "failed", name: thrown.name, message: thrown.message, at };
}

/** Loads the scenario by `load` and answers the program's messages from then on. */
export async function serveSandbox(
  load: () => Promise<{ readonly default?: unknown }>,
): Promise<void> {
  const post = scope.postMessage.bind(scope);
  forbidEnding();
  let data: unknown;
  try {
    data = JSON.parse(JSON.stringify((await load()).default ?? null));
  } catch (error) {
    return post(toFailure(error));
  }
  let stop = new AbortController();
  scope.onmessage = ({ data: message }) => {
    if (message.say === "stop") return stop.abort();
    stop = new AbortController();
    runHere(data, message, stop.signal, post).catch((error) => post(toFailure(error)));
  };
  post({ say: "loaded", data });
}

async function runHere(
  data: unknown,
  { seed, speed, lines: wanted }: Extract<ToWorker, { say: "run" }>,
  stop: AbortSignal,
  post: (message: FromWorker) => void,
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
