// Where the user's files lie by the XDG specification, and where mtop's own are. Touches no file.

import { isAbsolute, join } from "node:path";
import { fileURLToPath } from "node:url";

const variable = (name: string) => Deno.env.get(name);

function directory(xdg: string, fallback: readonly string[]): string | undefined {
  const chosen = variable(xdg);
  // The specification: a relative path is invalid and to be ignored.
  if (chosen && isAbsolute(chosen)) return join(chosen, "mtop");
  const home = variable("HOME");
  return home ? join(home, ...fallback, "mtop") : undefined;
}

/** What can be made again: `$XDG_CACHE_HOME/mtop`; undefined when there is no home. */
export function cacheDir(): string | undefined {
  return directory("XDG_CACHE_HOME", [".cache"]);
}

/** What the user did: `$XDG_STATE_HOME/mtop`; undefined when there is no home. */
export function stateDir(): string | undefined {
  return directory("XDG_STATE_HOME", [".local", "state"]);
}

/** What the user chose: `$XDG_CONFIG_HOME/mtop`; undefined when there is no home. */
export function configDir(): string | undefined {
  return directory("XDG_CONFIG_HOME", [".config"]);
}

/** A path in the source tree: `ownPath("mocks")`. */
export function ownPath(relative: string): string {
  return fileURLToPath(new URL(`../../${relative}`, import.meta.url));
}
