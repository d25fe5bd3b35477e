// The process's own sources of settings: its global options, what it may see of the environment, its file.

import { CliError } from "./exit.ts";
import type { ColorChoice, Mode } from "./settings.ts";
import { VARIABLES } from "./settings_env.ts";
import type { Environment } from "./settings_layer.ts";
import { settingsPath, type SettingsSources } from "./settings_load.ts";

/** The options of the program itself that are settings, or say where they are. */
export interface GlobalOptions {
  readonly mode?: Mode | undefined;
  readonly mocks?: string | undefined;
  readonly color?: ColorChoice | undefined;
  /** `-v`, which is the level debug. */
  readonly verbose?: boolean | undefined;
  readonly config?: string | undefined;
}

/** What `loadSettings` takes, from this process. */
export function processSources(options: GlobalOptions): SettingsSources {
  const { mode, mocks, color, verbose, config } = options;
  const env = processEnvironment();
  const named = settingsPath({ ...(config === undefined ? {} : { config }), env })?.named === true;
  return {
    flags: {
      ...(mode === undefined ? {} : { mode }),
      ...(mocks === undefined ? {} : { mocks }),
      ...(color === undefined ? {} : { color }),
      ...(verbose ? { logLevel: "debug" } : {}),
    },
    ...(config === undefined ? {} : { config }),
    env,
    readFile: (path) => readSettingsFile(path, named),
  };
}

/** Without asking: a variable that may not be read is one that is not set. */
export function processEnvironment(): Environment {
  const granted = (descriptor: Deno.EnvPermissionDescriptor) =>
    Deno.permissions.querySync(descriptor).state === "granted";
  if (granted({ name: "env" })) return Deno.env.toObject();
  const names = [...VARIABLES, "HOME", "XDG_CONFIG_HOME", "NO_COLOR", "FORCE_COLOR", "TERM"];
  return Object.fromEntries(
    names.filter((variable) => granted({ name: "env", variable }))
      .map((variable) => [variable, Deno.env.get(variable)]),
  );
}

async function readSettingsFile(path: string, named: boolean): Promise<string | undefined> {
  const { state } = await Deno.permissions.query({ name: "read", path });
  if (state !== "granted") {
    if (!named) return undefined;
    throw new CliError(
      `Cannot read the settings "${path}" without permission: --allow-read=${path}`,
    );
  }
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    const [reason] = String((error as Error).message).split(" (os error");
    throw new CliError(`Cannot read the settings "${path}": ${reason}`);
  }
}
