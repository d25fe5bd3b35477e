// `mtop version`.

import type { Command } from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";
import { MTOP_VERSION } from "./version.ts";

/** Adds `version`. */
export function addVersionCommand(program: Command, { console }: CliContext): void {
  program.command("version").description("print the version of mtop and of what it runs on")
    .action(() => {
      const { deno, v8 } = Deno.version;
      console.out(`mtop ${MTOP_VERSION}, Deno ${deno}, V8 ${v8}\n`);
    });
}
