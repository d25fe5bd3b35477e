// Runs inside the worker that holds a stranger's scenario: hands its data to the program, and no more.

import { DEFINITIONS } from "../scenario/definition_marks.ts";
import type { KnownFunctions } from "../scenario/own_code.ts";

/** What the loader says to the program, which takes none of it on trust. */
export type FromLoader =
  | { readonly say: "loaded"; readonly data: unknown; readonly functions: KnownFunctions }
  /** The file threw, or has no scenario to give. */
  | { readonly say: "failed"; readonly name: string; readonly message: string; readonly at: string }
  /** What the file wrote to its console. */
  | { readonly say: "printed"; readonly text: string };

export type Post = (message: FromLoader) => void;

/** Longer messages are cut: nobody reads on. */
const MAX_MESSAGE = 2000;

/** A scenario that ended its worker would leave the program waiting: it throws instead. */
export function forbidEnding(): void {
  const refuse = (what: string) => (): never => {
    throw new Error(`a scenario must not call ${what}`);
  };
  Deno.exit = refuse("Deno.exit");
  globalThis.close = refuse("close");
}

/** Standard output is for data: what a scenario prints goes to the program, as a message. */
export function redirectPrints(post: Post): void {
  const { inspect } = Deno;
  const decoder = new TextDecoder();
  const print = (...values: unknown[]) => {
    const text = values.map((value) => typeof value === "string" ? value : inspect(value));
    post({ say: "printed", text: text.join(" ").slice(0, MAX_MESSAGE) });
  };
  const methods = console as unknown as Record<string, unknown>;
  for (const name of Object.keys(methods)) {
    if (typeof methods[name] === "function") methods[name] = print;
  }
  for (const stream of [Deno.stdout, Deno.stderr]) {
    stream.writeSync = (bytes) => {
      print(decoder.decode(bytes));
      return bytes.length;
    };
    stream.write = (bytes) => Promise.resolve(stream.writeSync(bytes));
  }
}

/** What is thrown outside the import: by a timer, by a promise nobody waits for. */
export function reportErrors(post: Post): void {
  addEventListener("error", (event) => {
    event.preventDefault();
    post(toFailure(event.error));
  });
  addEventListener("unhandledrejection", (event) => {
    event.preventDefault();
    post(toFailure(event.reason));
  });
}

export function toFailure(error: unknown): FromLoader & { readonly say: "failed" } {
  const thrown = error instanceof Error ? error : new Error(String(error));
  const message = String(thrown.message).slice(0, MAX_MESSAGE);
  const stack = String(thrown.stack ?? "").slice(-MAX_MESSAGE);
  const frames = stack.match(/file:\/\/[^\s)]+:\d+:\d+/g) ?? [];
  const at = frames.find((frame) => !frame.startsWith(import.meta.url)) ?? "";
  return { say: "failed", name: String(thrown.name), message, at };
}

/** Imports the module at `url`, whose default export is the scenario, and posts it as plain data. */
export async function loadScenario(url: string): Promise<void> {
  const scope = globalThis as unknown as { postMessage: Post };
  const post = scope.postMessage.bind(globalThis);
  const { parse, stringify } = JSON;
  forbidEnding();
  redirectPrints(post);
  reportErrors(post);
  try {
    // Not a literal: the file and all it imports are loaded with this worker's permissions.
    const { default: scenario } = await import(url);
    const data = parse(stringify(scenario ?? null));
    post({ say: "loaded", data, functions: functionsOf(scenario) });
  } catch (error) {
    post(toFailure(error));
  }
}

/** Of the definitions that travel with a scenario: which functions they have. */
function functionsOf(scenario: unknown): KnownFunctions {
  const { [DEFINITIONS]: definitions } = (scenario ?? {}) as { [DEFINITIONS]?: unknown };
  if (!Array.isArray(definitions)) return {};
  return Object.fromEntries(
    definitions.map((each: Readonly<Record<string, unknown>>) => [
      `${each["type"]}/${each["name"]}`,
      Object.keys(each).filter((field) => typeof each[field] === "function"),
    ]),
  );
}
