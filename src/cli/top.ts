// `mtop top`: puts source, settings and terminal together and shows the fleet as the output can take it.

import { notFound } from "../kube/errors.ts";
import { keyOf, SERVICE_RESOURCE } from "../kube/resources.ts";
import { liveTable } from "../tui/live_table.ts";
import { printAgain } from "../tui/printing.ts";
import type { LiveSource } from "../tui/source.ts";
import { onSignals, signalExitCode, type SignalName, Terminal } from "../tui/terminal.ts";
import { sortRows } from "../view/columns.ts";
import { fleetJson } from "../view/fleet_json.ts";
import { serviceRows } from "../view/fleet_table.ts";
import { formatInstant } from "../view/format.ts";
import { plainTable } from "../view/frame.ts";
import { rolloutRows } from "../view/rollout_rows.ts";
import type { CliContext } from "./context.ts";
import { CliError, EXIT } from "./exit.ts";
import type { OpenedSource } from "./opened_source.ts";
import { tellEnd } from "./run_end.ts";
import { stopOnSignals } from "./signals.ts";
import { type LiveTableOptions, planTop, type TableFrame, type TopPlan } from "./top_plan.ts";

export interface TopOptions extends LiveTableOptions {
  readonly scenario?: string;
  readonly log?: string;
}

/** The mock fleet at its present, already under load. */
export type OpenPresent = (context: CliContext) => Promise<LiveSource>;

/**
 * Shows the fleet: live on a terminal, else one table. Returns the exit code: 0, or 128 and the
 * signal's number. Throws a `CliError`, or a `KubeError` for a service that is not there.
 */
export async function top(
  names: readonly string[],
  options: TopOptions,
  context: CliContext,
  openPresent: OpenPresent,
): Promise<number> {
  if (options.at !== undefined && options.scenario === undefined && options.log === undefined) {
    throw new CliError("Cannot use --at without --scenario or --log: the mock fleet has no past");
  }
  const plan = planTop(names, options, context);
  const opened = await open(options, context, openPresent);
  return await show(opened, plan, options, context);
}

/** `replay --watch`: the same of a recorded run. */
export async function watchLog(
  path: string,
  options: LiveTableOptions,
  context: CliContext,
): Promise<number> {
  const plan = planTop([], options, context);
  return await show(await recorded(path), plan, options, context);
}

async function open(
  { scenario, log }: TopOptions,
  context: CliContext,
  openPresent: OpenPresent,
): Promise<OpenedSource> {
  if (log !== undefined) return await recorded(log);
  if (scenario === undefined) {
    return { source: await openPresent(context), slos: {}, finite: false };
  }
  const [{ loadSandboxed }, { openScenario }] = await Promise.all([
    import("./sandbox.ts"),
    import("./live_scenario.ts"),
  ]);
  using signals = stopOnSignals();
  const data = await loadSandboxed(scenario, context.console, signals.stop);
  return openScenario(data, scenario, context.console);
}

async function recorded(log: string): Promise<OpenedSource> {
  const { openRecording } = await import("./live_recording.ts");
  return await openRecording(log);
}

/** What is shown, from where, how. */
interface Showing {
  readonly opened: OpenedSource;
  readonly plan: TopPlan;
  readonly frame: TableFrame;
  readonly options: LiveTableOptions;
  readonly console: CliContext["console"];
}

async function show(
  opened: OpenedSource,
  plan: TopPlan,
  options: LiveTableOptions,
  { console }: CliContext,
): Promise<number> {
  const { source, slos, warning, finite } = opened;
  const frame = { ...plan.frame, rows: { ...plan.frame.rows, slos } };
  const { output, once } = options;
  const again = output === "ndjson" || (output === undefined && !once && plan.terminal);
  // What is shown once is shown at its end, unless somebody says when.
  await source.advance(options.at ?? (again || !finite ? source.nowUs : Infinity));
  checkNames(plan, source);
  if (source.ended) tellEnd(options.at, source.state, console);
  const showing = { opened, plan, frame, options, console };
  const exitCode = again ? await showAgain(showing) : showOnce(showing);
  const message = source.ended ? warning?.() : undefined;
  if (message !== undefined) console.err(`warning: ${message}\n`);
  return exitCode;
}

/** A name that nobody has is a mistake, not an empty table. */
function checkNames({ names, namespace }: TopPlan, { state }: LiveSource): void {
  const services = Object.values(state.objects).filter(({ kind }) =>
    kind === SERVICE_RESOURCE.kind
  );
  for (const name of names) {
    const known = namespace === undefined
      ? services.some(({ metadata }) => metadata.name === name)
      : state.objects[keyOf(SERVICE_RESOURCE, namespace, name)] !== undefined;
    if (!known) throw notFound(SERVICE_RESOURCE, name);
  }
}

function showOnce(showing: Showing): number {
  const { opened: { source }, plan: { namespace }, frame, options: { output }, console } = showing;
  if (output === undefined && serviceRows(source.state, source.nowUs, frame.rows).length === 0) {
    // kubectl's words, and its silence on standard output.
    console.err(
      `No resources found${namespace === undefined ? "" : ` in ${namespace} namespace.`}\n`,
    );
    return EXIT.passed;
  }
  showing.console.out(textOf(showing));
  return EXIT.passed;
}

async function showAgain(showing: Showing): Promise<number> {
  const { opened: { source }, plan, options: { speed, output } } = showing;
  const { refreshMs } = plan;
  if (output !== undefined || !plan.drawn) return await printUntilStopped(showing);
  const { frame, sort } = { ...plan, ...showing };
  const controls = { sort, scroll: 0, paused: false, speed, help: false, stepUs: 0 };
  using terminal = new Terminal();
  const end = await liveTable(source, terminal, { controls, frame, refreshMs });
  return end === "quit" ? EXIT.passed : signalExitCode(end);
}

async function printUntilStopped(showing: Showing): Promise<number> {
  const { opened: { source }, plan: { refreshMs }, options: { speed, output }, console } = showing;
  const stop = new AbortController();
  let signal: SignalName | undefined;
  using _signals = onSignals((name) => {
    signal ??= name;
    stop.abort();
  });
  let before = "";
  const print = ({ label, nowUs }: LiveSource) => {
    const heading = output === undefined ? `${before}${label} at ${formatInstant(nowUs)}\n` : "";
    before = "\n";
    return console.out(heading + textOf(showing));
  };
  await printAgain(source, { speed, refreshMs, stop: stop.signal, print });
  return signal === undefined ? EXIT.passed : signalExitCode(signal);
}

/** The instant as a table, a document or a line. */
function textOf(
  { opened: { source }, plan, frame, options: { output }, console }: Showing,
): string {
  const { state, nowUs } = source;
  const { sort, decorated } = plan;
  if (output === undefined) {
    const lines = plainTable(state, nowUs, sort, { ...frame, width: console.width, decorated });
    return lines.join("\n") + "\n";
  }
  const rows = sortRows(serviceRows(state, nowUs, frame.rows), sort);
  const data = fleetJson(rows, rolloutRows(state, frame.rows), nowUs);
  return JSON.stringify(data, null, output === "json" ? 2 : undefined) + "\n";
}
