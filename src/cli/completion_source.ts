// Which cluster a half-written line is about, by its own options and the settings. Tells no error.

import { type Candidate, MockNames, type NameSource } from "./completion_cluster.ts";
import type { Line } from "./completion_words.ts";
import type { Console } from "./console.ts";
import type { GlobalOptions } from "./settings_sources.ts";

const SILENT: Console = {
  out: () => true,
  err: () => {},
  outIsTerminal: false,
  errIsTerminal: false,
  width: undefined,
};

/** The names that a line can be about: those of a recorded run would take too long to read. */
export function namesFor({ given }: Line): NameSource {
  if (given.has("--log") || given.has("--scenario")) return NO_NAMES;
  return new MockNames(async () => {
    const { createContext } = await import("./process_context.ts");
    const options = Object.fromEntries(
      ["mode", "mocks", "config"].flatMap((name) => {
        const value = given.get(`--${name}`);
        return value === undefined ? [] : [[name, value]];
      }),
    ) as GlobalOptions;
    const context = createContext(SILENT, { exitCode: 0 }, () => options);
    // Works with broken settings, too: they are no reason to know no command.
    await context.prepare("completion");
    return context;
  });
}

const none = (): Promise<readonly Candidate[]> => Promise.resolve([]);
const NO_NAMES: NameSource = {
  namespace: () => Promise.resolve(""),
  namespaces: none,
  names: none,
  containers: none,
  topologies: none,
};
