// The own code of a scenario file that is a program itself, in a worker: its module, imported once more.

import type { Definition } from "../fleet/policy/definition.ts";
import { sha256 } from "../log/hash.ts";
import { definitionsOf } from "../scenario/own_code.ts";

/** Where the code is, and by what it is known that it is the same there. */
export interface OwnCodeSource {
  /** Of the module whose default export the scenario is. */
  readonly url: string;
  /** SHA-256 of the scenario as JSON. */
  readonly scenario: string;
}

/** The code of the worker's file is not that of the scenario that is run: it cannot run it. */
export class OtherCode extends Error {}

/** By it `main` knows that its file is only read. */
const READING = Symbol.for("mtop.reading");

/** Undefined of a scenario without own code. */
export function ownCodeSource(scenario: unknown, url: string): OwnCodeSource | undefined {
  if (definitionsOf(scenario).length === 0) return undefined;
  return { url, scenario: sha256(JSON.stringify(scenario)) };
}

/**
 * Imports the module and returns what its scenario defines. What the file prints while it is read was
 * printed by the program already. Throws `OtherCode` where its default export is another scenario, such
 * as of a file that hands `main` something else, or where it cannot be read here.
 */
export async function readOwnCode(
  { url, scenario: wanted }: OwnCodeSource,
): Promise<readonly Definition[]> {
  const methods = console as unknown as Record<string, unknown>;
  const kept = { ...methods };
  for (const name of Object.keys(methods)) {
    if (typeof methods[name] === "function") methods[name] = () => {};
  }
  Object.defineProperty(globalThis, READING, { value: true });
  try {
    // Not a literal: no scenario file is part of mtop.
    const { default: scenario } = await import(url);
    if (sha256(JSON.stringify(scenario) ?? "") === wanted) return definitionsOf(scenario);
  } catch {
    // Without read permission for all it imports, say.
  } finally {
    Object.assign(methods, kept);
  }
  throw new OtherCode(`the scenario is not what "${url}" exports`);
}
