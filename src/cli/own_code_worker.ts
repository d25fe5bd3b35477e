// Runs inside the worker of a scenario that has code of its own: simulates there, and tells what happens.

import { definitionsOf, withDefinitions } from "../scenario/own_code.ts";
import { plan } from "../scenario/plan.ts";
import { runPlan } from "./runner.ts";
import {
  forbidEnding,
  type FromLoader,
  type Post,
  redirectPrints,
  reportErrors,
  toFailure,
} from "./sandbox_loader.ts";

/** A run that is asked for. */
export interface ToOwnCode {
  /** The scenario's data, which may have been changed since it was loaded. */
  readonly json: string;
  readonly seed: number;
  readonly speed: number;
  readonly recordRequests: boolean;
}

/** What is said to the worker: a run, and later of each batch of its lines that it was taken. */
export type Heard = ToOwnCode | { readonly taken: true };

/** What is said of it, beside what a loader says: its events in order, then that it ended. */
export type FromOwnCode =
  | Exclude<FromLoader, { readonly say: "loaded" }>
  | { readonly say: "ready" }
  | { readonly say: "lines"; readonly lines: readonly string[] }
  | { readonly say: "ended" };

/**
 * So many batches of lines may wait to be taken. Without a bound they would pile up where they are judged,
 * and whoever does that would hear of nothing else, a Ctrl-C neither.
 */
const AHEAD = 2;

/** Nothing stops a run in here: the program ends the whole worker. */
const never = new AbortController().signal;

/** Imports the module at `url` and waits for runs of it. */
export async function simulateOwnCode(url: string): Promise<void> {
  const scope = globalThis as unknown as {
    postMessage: (message: FromOwnCode) => void;
    onmessage: (message: MessageEvent<Heard>) => void;
  };
  const post = scope.postMessage.bind(globalThis);
  forbidEnding();
  redirectPrints(post as Post);
  reportErrors(post as Post);
  try {
    const { default: scenario } = await import(url);
    const outlet = linesOutlet(post);
    scope.onmessage = ({ data }) => {
      if ("taken" in data) return outlet.taken();
      simulate(data, scenario, outlet.tell).then(
        () => post({ say: "ended" }),
        (error) => post(toFailure(error)),
      );
    };
    post({ say: "ready" });
  } catch (error) {
    post(toFailure(error));
  }
}

/** Tells lines; who waits for it is held back while too many are not taken. */
function linesOutlet(post: (message: FromOwnCode) => void) {
  let waiting = 0;
  let goOn = () => {};
  return {
    tell(lines: readonly string[]): void | Promise<void> {
      post({ say: "lines", lines });
      if (++waiting >= AHEAD) return new Promise((resolve) => void (goOn = resolve));
    },
    taken(): void {
      waiting--;
      goOn();
    },
  };
}

async function simulate(
  { json, seed, speed, recordRequests }: ToOwnCode,
  scenario: unknown,
  lines: (lines: readonly string[]) => void | Promise<void>,
): Promise<void> {
  const data = withDefinitions(JSON.parse(json), definitionsOf(scenario));
  const planned = plan(data);
  if ("problems" in planned) {
    const [first] = planned.problems;
    throw new Error(`the file is another one now: ${first?.path}: ${first?.message}`);
  }
  await runPlan(planned, data, {
    ...{ seed, speed, recordRequests, stop: never },
    lines,
    progress: () => {},
  });
}
