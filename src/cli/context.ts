// What every command gets handed: the streams, the settings, the cluster to look at, and how to end.

import type { ObjectStore } from "../kube/store.ts";
import type { Console } from "./console.ts";
import type { Diagnostics } from "./diagnostics.ts";
import type { Settings } from "./settings.ts";
import type { World, WorldOptions } from "./world.ts";

export interface CliContext {
  readonly console: Console;
  /** Ends the command with an exit code; without a call it is 0. */
  finish(exitCode: number): void;
  readonly diagnostics: Diagnostics;
  /** Flag over environment over file over default; known before any command runs. */
  settings(): Settings;
  /** The folder of manifests, which is never written to. */
  mocksDir(): string;
  /** The manifests and the user's overlay over them. */
  store(): Promise<ObjectStore>;
  /** The mock present, or the log that the options name. */
  world(options: WorldOptions): Promise<World>;
}
