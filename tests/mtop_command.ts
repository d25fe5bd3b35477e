// How the program is started: as the `mtop` task of deno.json does it, for tests and benchmarks alike.

import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };

const [, variables = "", flags = ""] = / ((?:[A-Z_]+=1 )*)deno run (.+) "\$ROOT\/main\.ts"$/.exec(
  config.tasks.mtop.command,
)!;

/** The task's variables as flags. The task has variables since a Deno that knows neither refuses a flag. */
const unstable = Array.from(
  variables.matchAll(/DENO_(UNSTABLE_\w+)=1/g),
  ([, name = ""]) => `--${name.toLowerCase().replaceAll("_", "-")}`,
);

/** Arguments of `deno` before those of `mtop`. */
export const MTOP: readonly string[] = [
  "run",
  ...unstable,
  ...flags.split(" "),
  fileURLToPath(new URL("../main.ts", import.meta.url)),
];
