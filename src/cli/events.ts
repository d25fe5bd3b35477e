// `mtop events`: what the cluster's controllers told, the latest last.

import { type EventRow, eventTable } from "../view/event_table.ts";
import { eventObject, eventRows } from "./event_objects.ts";
import { CliError } from "./exit.ts";
import { DEFAULT_NAMESPACE, type ReadContext, WATCH_TEXT } from "./get.ts";
import { knownResource } from "./get_arguments.ts";
import { formatObjects, parseOutput } from "./output.ts";
import type { WorldOptions } from "./world.ts";

export interface EventsOptions extends WorldOptions {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  /** `KIND/NAME` of what they are about. */
  readonly for?: string;
  readonly types?: readonly string[];
  readonly output?: string;
  readonly headers?: boolean;
  readonly watch?: boolean;
}

const FORMATS = ["json", "yaml", "name", "jsonpath", "jsonpath-as-json"];

export async function events(options: EventsOptions, context: ReadContext): Promise<void> {
  const { console } = context;
  const output = parseOutput(options.output, FORMATS);
  const matches = matcher(options);
  const world = await context.world(options);
  const rows = (await eventRows(world)).filter(matches);
  const { headers = true, allNamespaces: namespaces = false } = options;
  if (output.format !== "table") {
    console.out(await formatObjects(output, { items: rows.map(eventObject) }));
  } else if (rows.length > 0) {
    const lines = eventTable(rows, {
      nowUs: world.nowUs,
      headers,
      namespaces,
      width: console.width,
    });
    console.out(lines.map((line) => `${line}\n`).join(""));
  } else {
    const namespace = options.namespace ?? DEFAULT_NAMESPACE;
    console.err(namespaces ? "No events found.\n" : `No events found in ${namespace} namespace.\n`);
  }
  if (options.watch === true) console.err(WATCH_TEXT);
}

function matcher(options: EventsOptions): (row: EventRow) => boolean {
  const { namespace = DEFAULT_NAMESPACE, allNamespaces } = options;
  const types = options.types?.map((type) => type.toLowerCase());
  if (types?.some((type) => type !== "normal" && type !== "warning")) {
    throw new CliError("valid --types are Normal or Warning");
  }
  const about = options.for === undefined ? undefined : involved(options.for);
  return (row) =>
    (allNamespaces || row.namespace === namespace) &&
    (types === undefined || types.includes(row.type.toLowerCase())) &&
    (about === undefined || (row.kind === about.kind && row.name === about.name));
}

function involved(text: string): { kind: string; name: string } {
  const [type = "", name = "", ...rest] = text.split("/");
  if (type === "" || name === "" || rest.length > 0) {
    throw new CliError("--for must be in resource/name form");
  }
  return { kind: knownResource(type).kind, name };
}
