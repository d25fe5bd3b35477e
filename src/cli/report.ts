// `mtop report`: a recorded run as one HTML file.

import { basename, dirname, join } from "node:path";
import type { FleetEvent } from "../fleet/events.ts";
import { type LogEnding, type LogFile, openLog } from "../log/file_reader.ts";
import { ReportCollector } from "../report/html/collect.ts";
import type { ReportData } from "../report/html/data.ts";
import { REPORT_BEGIN, reportHtml } from "../report/html/document.ts";
import { ExtentReading } from "../report/html/extent.ts";
import { objectivesInForce } from "../report/objectives_in_force.ts";
import { formatCount, formatInstant } from "../view/format.ts";
import { type Console, ProgressLine } from "./console.ts";
import { CliError } from "./exit.ts";
import { validateEvent } from "./fleet_log.ts";

export interface ReportOptions {
  /** A file, or `-` for standard output; undefined is beside the log. */
  readonly output: string | undefined;
  /** USD per GPU-hour of the settings. */
  readonly gpuPrices?: Readonly<Record<string, number>>;
}

/** Writes the page and says where. A run that died is shown up to its last whole line, with a warning. */
export async function report(
  path: string,
  { output, gpuPrices }: ReportOptions,
  console: Console,
): Promise<number> {
  const target = output ?? pathFor(path);
  // Known before minutes are spent on a long log.
  if (target !== "-") await checkTarget(target);
  const { log, end, collector } = await collect(path, gpuPrices, console);
  const { state } = collector;
  if (state.seq < 0) throw new CliError(`Cannot report on "${path}": it has no events`);
  const data = collector.finish();
  const { ending } = end;
  const facts = {
    header: log.header,
    name: basename(path),
    events: end.events,
    hash: ending.kind === "whole" ? ending.footer.hash : undefined,
    // The page may be sent to others: it says nothing of where the log lay.
    warning: ending.kind === "whole" ? undefined : ending.message.replaceAll(path, basename(path)),
  };
  const html = reportHtml(state, data, facts, gpuPrices ? { gpuPrices } : {});
  if (ending.kind !== "whole") console.err(`warning: ${ending.message}\n`);
  if (target === "-") console.out(html);
  else {
    await write(target, html);
    console.out(`${target}: ${sizeText(html)}, ${finenessText(data)}\n`);
  }
  return ending.kind === "corrupt" ? 1 : 0;
}

/** Reads the log twice: how finely it can be drawn is known when it was seen whole. */
async function collect(
  path: string,
  gpuPrices: ReportOptions["gpuPrices"],
  console: Console,
): Promise<{ log: LogFile; end: End; collector: ReportCollector }> {
  const progress = new ProgressLine(console);
  try {
    const log = await openLog(path, { validate: validateEvent });
    const reading = new ExtentReading();
    const end = await read(log, (event) => reading.take(event), (us) => {
      progress.show(`reading: ${formatInstant(us)}`);
    });
    const { extent } = reading;
    const objectives = objectivesInForce(log.header.scenario);
    const collector = new ReportCollector({ extent, objectives, gpuPrices });
    // What was found valid once is not asked again; of a log that grew no more is shown than was measured.
    await read(
      await openLog(path),
      (event) => {
        if (event.seq <= end.seq) collector.take(event);
      },
      (us) => progress.show(`drawing: ${formatInstant(us)} of ${formatInstant(extent.endUs)}`),
    );
    return { log, end, collector };
  } finally {
    progress.clear();
  }
}

/** `runs/canary.jsonl.zst` gets `runs/canary.html`. */
function pathFor(log: string): string {
  return join(dirname(log), `${basename(log).replace(/(\.jsonl)?(\.zst)?$/, "")}.html`);
}

interface End {
  readonly ending: LogEnding;
  readonly events: number;
  /** Of the last event; -1 where there is none. */
  readonly seq: number;
}

async function read(
  log: LogFile,
  take: (event: FleetEvent) => void,
  progress: (atUs: number) => void,
): Promise<End> {
  let events = 0;
  let seq = -1;
  for await (const batch of log.events()) {
    for (const event of batch) take(event as FleetEvent);
    events += batch.length;
    seq = batch.at(-1)!.seq;
    progress(batch.at(-1)!.at);
  }
  if (!log.ending) throw new Error("A reading came to its end without an ending");
  return { ending: log.ending, events, seq };
}

/** A report may be made again; what else lies there is not ours to overwrite. */
async function checkTarget(path: string): Promise<void> {
  let file: Deno.FsFile;
  try {
    const { isFile, isDirectory } = await Deno.stat(path);
    if (isDirectory) throw new CliError(`Cannot write to "${path}": it is a directory`);
    if (!isFile) return;
    file = await Deno.open(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return;
    throw writeError(path, error);
  }
  using opened = file;
  const begin = new Uint8Array(REPORT_BEGIN.length);
  const length = await opened.read(begin);
  if (length === null || new TextDecoder().decode(begin) === REPORT_BEGIN) return;
  throw new CliError(
    `Cannot write to "${path}": it is there and is no report of mtop's; name another file with -o`,
  );
}

async function write(path: string, html: string): Promise<void> {
  try {
    await Deno.writeTextFile(path, html);
  } catch (error) {
    throw writeError(path, error);
  }
}

function writeError(path: string, error: unknown): CliError {
  if (error instanceof CliError) return error;
  const [reason] = String((error as Error).message).split(/ \(os error|: (?:open|stat)/);
  return new CliError(`Cannot write to "${path}": ${reason}`);
}

function sizeText(html: string): string {
  const kb = Math.ceil(new TextEncoder().encode(html).length / 1000);
  return kb < 1000 ? `${kb} KB` : `${(kb / 1000).toFixed(1)} MB`;
}

function finenessText({ binUs, bins, strideBins, pods, endUs }: ReportData): string {
  return `${formatInstant(endUs)} in ${formatCount(bins)} points of ${formatInstant(binUs)}, ` +
    `${formatCount(pods.length)} pods every ${formatInstant(binUs * strideBins)}`;
}
