// How the program is started: as the `mtop` task of deno.json does it, for tests and benchmarks alike.

import { fileURLToPath } from "node:url";
import config from "../deno.json" with { type: "json" };

const [, flags = ""] = / deno run (.+) "\$ROOT\/main\.ts"$/.exec(config.tasks.mtop.command)!;

/** Arguments of `deno` before those of `mtop`. */
export const MTOP: readonly string[] = [
  "run",
  ...flags.split(" "),
  fileURLToPath(new URL("../main.ts", import.meta.url)),
];
