// `mtop logs` as users type it: the command and its options, and nothing that is slow to load.

import { type Command, InvalidArgumentError } from "@commander-js/extra-typings";
import { parseDuration } from "../sim/duration.ts";
import type { CliContext } from "./context.ts";
import { addWorldOptions } from "./world_options.ts";

const EXAMPLES = `
Examples:
  mtop logs gpt2                                    the log of a pod of a service
  mtop logs llmisvc/gpt2 --all-pods --tail 5        the last lines of all its pods
  mtop logs llama-3-70b-kserve-cxvk8kwh2d-vr7rm -p  the container that crashed before
  mtop logs -l kserve.io/component=workload         of all model servers of the namespace
`;

/** Adds `logs`. */
export function addLogsCommands(program: Command, context: CliContext): void {
  addWorldOptions(
    program.command("logs").argument("[target]", "a pod, a service, or TYPE/NAME")
      .description("print what the containers of pods said")
      .optionsGroup("Which logs:")
      .option("-n, --namespace <name>", "look in this namespace")
      .option("-l, --selector <labels>", "all pods with these labels, such as app=x,tier!=y")
      .option("-c, --container <name>", "print the log of this container")
      .option("--all-containers", "print the logs of all containers of the pods")
      .option("--all-pods", "print the logs of all pods of what is named, each line with its pod")
      .option("-p, --previous", "print the log of the container's instance before this one")
      .optionsGroup("Output:")
      .option("-f, --follow", "go on as more is said (the mock cluster stands still)")
      .option("--tail <lines>", "the last lines only (default: all, with -l the last 10)", lines)
      .option("--since <duration>", "what was said in this time only, such as 5s, 2m or 3h", since)
      .option("--timestamps", "begin each line with its time")
      .option("--prefix", "begin each line with its pod and container")
      .optionsGroup("Recorded runs:"),
  ).addHelpText("after", EXAMPLES).action(async (target, options) => {
    const { logs } = await import("./logs.ts");
    context.finish(await logs(target, options, context));
  });
}

function lines(text: string): number {
  if (/^(-1|\d{1,9})$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Write a number of lines, or -1 for all.");
}

function since(text: string): number {
  const us = parseDuration(text);
  if (us !== undefined && us > 0) return us;
  throw new InvalidArgumentError("Write a duration such as 5s, 2m or 3h.");
}
