// `report`: what it takes. Only declared here.

import type { Command } from "@commander-js/extra-typings";
import type { CliContext } from "./context.ts";

const EXAMPLES = `
The page is one file that asks nothing of any network: a timeline, charts, verdicts, totals,
and a scrubber that shows pods, weights and faults at any instant. A report that is there is
made anew, any other file is left as it is.

Examples:
  mtop run scenarios/canary-failure.ts --record run.jsonl
  mtop report run.jsonl                     run.html beside it
  mtop report run.jsonl -o incident.html    under another name
  mtop report run.jsonl -o - | gzip > run.html.gz
`;

/** Adds `report`. */
export function addReportCommand(program: Command, context: CliContext): void {
  program.command("report").argument("<log>", "a run file, as --record writes it")
    .description("write a recorded run as one HTML page: timeline, charts, scrubber")
    .option("-o, --output <file>", "where to; - is standard output (default: beside the log)")
    .addHelpText("after", EXAMPLES)
    .action(async (path, { output }) => {
      const { report } = await import("./report.ts");
      const { gpuPrices } = context.settings();
      context.finish(await report(path, { output, gpuPrices }, context.console));
    });
}
