// What create, apply and delete print of each object that they wrote, and of each that they did not.

import { KubeError, serverErrorText } from "../kube/errors.ts";
import type { JsonObject, KubeObject } from "../kube/object.ts";
import { qualifiedSingular, resourceOf } from "../kube/resources.ts";
import type { Console } from "./console.ts";
import { CliError } from "./exit.ts";

export type DryRun = "none" | "client" | "server";
export type WriteOutput = "json" | "name" | "yaml";

/** Behind the verb; the server's answer differs from the client's guess by one word. */
const DRY_RUN_MARKS: Readonly<Record<DryRun, string>> = {
  none: "",
  client: " (dry run)",
  server: " (server dry run)",
};

/** Prints `llminferenceservice.serving.kserve.io/gpt2 created`, or the object as `-o` wants it. */
export async function printWritten(
  object: KubeObject,
  verb: string,
  dryRun: DryRun,
  output: WriteOutput | undefined,
  console: Console,
): Promise<void> {
  if (output === "json" || output === "yaml") {
    console.out(await objectText(object as unknown as JsonObject, output));
    return;
  }
  const mark = output === "name" ? "" : ` ${verb}${DRY_RUN_MARKS[dryRun]}`;
  console.out(`${typedName(object)}${mark}\n`);
}

/** `llminferenceservice.serving.kserve.io "gpt2" deleted`, kubectl's other form. */
export function deletedText(object: KubeObject, dryRun: DryRun): string {
  const name = JSON.stringify(object.metadata.name);
  return `${singularOf(object)} ${name} deleted${DRY_RUN_MARKS[dryRun]}\n`;
}

/** `llminferenceservice.serving.kserve.io/gpt2`. */
export function typedName(object: KubeObject): string {
  return `${singularOf(object)}/${object.metadata.name}`;
}

/** As kubectl prints one object. */
async function objectText(object: JsonObject, output: "json" | "yaml"): Promise<string> {
  if (output === "yaml") return (await import("../view/yaml_text.ts")).yamlText(object);
  return `${(await import("../view/go_value.ts")).goJson(object, "    ")}\n`;
}

/**
 * The line of what the store refused, `doing` being kubectl's `error when creating "f.yaml"`; what
 * is no answer of a cluster is thrown on.
 */
export function refusalText(error: unknown, doing?: string): string {
  if (!(error instanceof KubeError)) throw told(error);
  const { reason, message } = error;
  const context = doing === undefined ? message : `${doing}: ${message}`;
  return `${serverErrorText(new KubeError(reason, context))}\n`;
}

/** A store that cannot be written to is for the user to read, not a fault of the program. */
function told(error: unknown): unknown {
  const isStores = error instanceof Error && error.name === "StoreError";
  return isStores ? new CliError(error.message) : error;
}

function singularOf(object: KubeObject): string {
  const resource = resourceOf(object);
  return resource === undefined ? object.kind.toLowerCase() : qualifiedSingular(resource);
}
