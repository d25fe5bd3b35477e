// The context of commands in this process: settings first, then the store and the world when asked for.

import type { ObjectStore } from "../kube/store.ts";
import type { Console } from "./console.ts";
import type { CliContext } from "./context.ts";
import { createDiagnostics, type Diagnostics, NO_DIAGNOSTICS } from "./diagnostics.ts";
import { ownPath, stateDir } from "./directories.ts";
import { CliError } from "./exit.ts";
import { DEFAULTS, type Settings } from "./settings.ts";
import type { GlobalOptions } from "./settings_sources.ts";

/** How the process is to end. */
export interface Closing {
  exitCode: number;
}

export interface ProcessContext extends CliContext {
  /** Reads the settings; before the action of the command of this name. */
  prepare(command: string): Promise<void>;
}

/** These must work with broken settings: they show them, or look for what is broken. */
const WITHOUT_SETTINGS = new Set(["settings", "doctor", "version", "completion"]);

/** `options` are the program's own, known once the command line was parsed. */
export function createContext(
  console: Console,
  closing: Closing,
  options: () => GlobalOptions,
): ProcessContext {
  let settings: Settings = DEFAULTS;
  let diagnostics: Diagnostics = NO_DIAGNOSTICS;
  let opened: Promise<ObjectStore> | undefined;
  const requireMock = () => {
    if (settings.mode === "mock") return;
    throw new CliError(
      "Live mode comes with a later release: leave --mode live (or MTOP_MODE, LLD_MODE) out",
    );
  };
  const context: ProcessContext = {
    console,
    get diagnostics() {
      return diagnostics;
    },
    finish: (exitCode) => {
      closing.exitCode = exitCode;
    },
    settings: () => settings,
    mocksDir: () => settings.mocks ?? ownPath("mocks"),
    store: () => {
      requireMock();
      opened ??= openStoreOf(context);
      return opened;
    },
    world: async ({ log, at, kinds }) => {
      if (log !== undefined) {
        const { openLogWorld } = await import("./world_log.ts");
        return await openLogWorld(log, at, console);
      }
      if (at !== undefined) throw new CliError("Cannot go to --at without a log: add --log FILE");
      const { openPresentWorld } = await import("./present.ts");
      return await openPresentWorld(await context.store(), context, kinds);
    },
    prepare: async (command) => {
      // Help needs no settings, and is not to wait for them.
      const [{ loadSettings }, { processSources }] = await Promise.all([
        import("./settings_load.ts"),
        import("./settings_sources.ts"),
      ]);
      const load = loadSettings(processSources(options()));
      const loaded = WITHOUT_SETTINGS.has(command) ? await load.catch(() => undefined) : await load;
      if (!loaded) return;
      settings = loaded.settings;
      for (const warning of loaded.warnings) console.err(`warning: ${warning}\n`);
      const { logLevel: level, log: format } = settings;
      diagnostics = createDiagnostics({ level, format, write: (line) => console.err(line) });
    },
  };
  return context;
}

async function openStoreOf(context: CliContext): Promise<ObjectStore> {
  const { openStore } = await import("../kube/store_overlay.ts");
  return await openStore({ base: context.mocksDir(), stateDir: stateDir() });
}
