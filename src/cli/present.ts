// The mock present: the run of all manifests that the mock mode looks at, simulated once and kept.

import type { FleetEvent } from "../fleet/events.ts";
import type { FleetState } from "../fleet/state.ts";
import type { ObjectStore } from "../kube/store.ts";
import type { Simulation } from "../scenario/run.ts";
import { PRESENT_US } from "../sim/timestamp.ts";
import type { LiveSource } from "../tui/source.ts";
import { type Console, ProgressLine } from "./console.ts";
import type { CliContext } from "./context.ts";
import type { Diagnostics } from "./diagnostics.ts";
import { PresentCache } from "./present_cache.ts";
import { byKind } from "./present_file.ts";
import type { World } from "./world.ts";

export interface PresentContext {
  readonly console: Console;
  readonly diagnostics: Diagnostics;
}

const SEED = 1;
/** The monitor can be left open for so long: a month of virtual time. */
const LIVE_US = 30 * 24 * 3_600_000_000;

/** What a simulation of the store is made from. */
function presentData(store: ObjectStore) {
  return {
    kind: "present",
    seed: SEED,
    objects: store.list().map(({ object }) => object),
  } as const;
}

/**
 * The mock cluster at its present. The first look at a store simulates it; later ones read the cache,
 * and of objects those of `kinds` alone.
 */
export async function openPresentWorld(
  store: ObjectStore,
  context: PresentContext,
  kinds?: readonly string[],
): Promise<World> {
  const { diagnostics } = context;
  const hash = await diagnostics.span("store.hash", () => store.hash());
  const cache = await PresentCache.open(hash);
  const known = diagnostics.span("present.read", () => cache?.read(kinds));
  if (cache && known) {
    warn(known.warnings, context.console);
    return worldOf(known.state, () => eventsOfLog(cache.logPath));
  }
  return await diagnostics.span("present.simulate", () => simulate(store, cache, context));
}

/** So many files that cannot be read are named; of the rest the number. */
const NAMED = 5;

function warningsOf({ unread }: ObjectStore): string[] {
  const named = unread.slice(0, NAMED).map(({ message }) => message);
  const more = unread.length - named.length;
  return more > 0 ? [...named, `Cannot read ${more} more files of the mock cluster`] : named;
}

function warn(warnings: readonly string[], console: Console): void {
  for (const warning of warnings) console.err(`warning: ${warning}\n`);
}

function worldOf(state: FleetState, events: World["events"]): World {
  return { state, nowUs: PRESENT_US, events };
}

async function* eventsOfLog(path: string): AsyncGenerator<readonly FleetEvent[]> {
  const { openLog } = await import("../log/file_reader.ts");
  const log = await openLog(path);
  // Written by this program, from data that it checked: not checked again.
  for await (const batch of log.batches()) yield batch.events as readonly FleetEvent[];
}

async function simulate(
  store: ObjectStore,
  cache: PresentCache | undefined,
  { console, diagnostics }: PresentContext,
): Promise<World> {
  const [{ planPresent }, { Simulation }, { logHeader }, { Recorder }, { drive }] = await Promise
    .all([
      import("../scenario/present.ts"),
      import("../scenario/run.ts"),
      import("./log_header.ts"),
      import("./recorder.ts"),
      import("./drive.ts"),
    ]);
  const data = presentData(store);
  const begun = tryOr(() => cache?.begin(), (reason) => {
    diagnostics.log("warn", "present.cache", `Cannot keep the simulated cluster: ${reason}`);
  });
  using recorder = begun === undefined ? undefined : new Recorder(begun, logHeader(data, SEED));
  const progress = new ProgressLine(console);
  progress.show("simulating the mock cluster");
  const events: FleetEvent[] = [];
  const planned = planPresent(data, PRESENT_US);
  const simulation = new Simulation(planned, {
    data,
    sink: (event, line) => {
      events.push(event);
      recorder?.append([line]);
    },
  });
  await drive(simulation, {
    speed: Infinity,
    stop: new AbortController().signal,
    breath: () => {
      const percent = Math.floor(100 * simulation.nowUs / PRESENT_US);
      progress.show(`simulating the mock cluster: ${percent} %`);
    },
  }).finally(() => progress.clear());
  const { objects, ...fields } = simulation.state;
  // In the order in which a later look reads them: no answer depends on which look it is.
  const state = { ...fields, objects: Object.assign({}, ...byKind(objects).values()) };
  recorder?.close({ events: simulation.events, hash: simulation.hash });
  const warnings = [...warningsOf(store), ...planned.warnings.map(({ message }) => message)];
  warn(warnings, console);
  if (recorder && cache && !recorder.failed) {
    tryOr(() => cache.commit(recorder.path, { state, warnings }), (reason) => {
      diagnostics.log("warn", "present.cache", `Cannot keep the simulated cluster: ${reason}`);
    });
  }
  return worldOf(state, async function* () {
    yield events;
  });
}

/** The mock cluster as something live: its present at once, and what follows once it is asked for. */
export async function openPresent(context: CliContext): Promise<LiveSource> {
  const store = await context.store();
  const { state } = await openPresentWorld(store, context);
  let simulation: Simulation | undefined;
  return {
    label: "mock",
    get state() {
      return simulation && simulation.nowUs >= PRESENT_US ? simulation.state : state;
    },
    get nowUs() {
      return Math.max(PRESENT_US, simulation?.nowUs ?? 0);
    },
    get ended() {
      return simulation !== undefined && simulation.nowUs >= LIVE_US;
    },
    async advance(untilUs, pause) {
      // The present is known: only for what follows it has to be lived through.
      if (untilUs <= PRESENT_US) return true;
      simulation ??= await beginAnew(store);
      return simulation.advance(untilUs, pause);
    },
  };
}

async function beginAnew(store: ObjectStore): Promise<Simulation> {
  const [{ planPresent }, { Simulation }] = await Promise.all([
    import("../scenario/present.ts"),
    import("../scenario/run.ts"),
  ]);
  const data = presentData(store);
  return new Simulation(planPresent(data, LIVE_US), { data });
}

function tryOr<T>(attempt: () => T, otherwise: (reason: string) => void): T | undefined {
  try {
    return attempt();
  } catch (error) {
    otherwise((error as Error).message);
    return undefined;
  }
}
