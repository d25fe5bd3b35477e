// A plan set in motion: one clock, one journal, everything started, and the end brought about.

import { startFault } from "../fault/faults.ts";
import type { Fact, FleetEvent } from "../fleet/events.ts";
import { Fleet } from "../fleet/fleet.ts";
import type { ClientKind } from "../fleet/fleet_request.ts";
import { Journal } from "../fleet/journal.ts";
import { NodeKinds } from "../fleet/node_kinds.ts";
import { startOwnAutoscaler } from "../fleet/policy/own_autoscaler.ts";
import { startOwnProcess } from "../fleet/policy/own_process.ts";
import type { FleetState } from "../fleet/state.ts";
import type { LoadContext } from "../load/load.ts";
import { type Load, startLoad } from "../load/loads.ts";
import { encodeEvent } from "../log/codec.ts";
import { RunHash, sha256 } from "../log/hash.ts";
import type { CountedLoad } from "../metrics/load_window.ts";
import { startAct } from "../rollout/act.ts";
import { startChange } from "../rollout/change.ts";
import { startRollout } from "../rollout/rollouts.ts";
import { Clock } from "../sim/clock.ts";
import { Streams } from "../sim/streams.ts";
import type { OtherRun } from "./better_than.ts";
import { calibrationOf } from "./calibrated.ts";
import { gatewayOf, gpuPricesOf, supplyOf } from "./cluster_schema.ts";
import { judge } from "./expectations.ts";
import { type DoneByHand, Hand } from "./hand.ts";
import { LoadChains } from "./load_chains.ts";
import { loadFacts, loadsApart, objectiveOf } from "./loads_apart.ts";
import { observe, type Observed } from "./observed.ts";
import type { Plan } from "./plan.ts";
import { entryId } from "./scenario.ts";
import type { ParsedScenario } from "./schema.ts";
import { sloOf } from "./slo.ts";
import { plansMeantBy, shortestContext } from "./targets.ts";

export interface SimulationOptions {
  /** Overrides the scenario's own. */
  readonly seed?: number;
  /** The frozen data that was planned, for its hash. */
  readonly data: unknown;
  /** Tells every single request when it ends. */
  readonly recordRequests?: boolean;
  /** What was done by hand, in its order, and is to be done again. */
  readonly acts?: readonly DoneByHand[];
  /** Receives each event and the line that stands for it in the log. */
  readonly sink?: (event: FleetEvent, line: string) => void;
}

/** The hash by which a run file knows its scenario again. */
export function scenarioHash(data: unknown): string {
  return sha256(JSON.stringify(data));
}

/**
 * One run of a plan. Advance it in as many pieces as you like, the log is the same; then `finish` it.
 * The same scenario, seed and acts by hand at the same instants give the same log to the byte.
 */
export class Simulation {
  readonly seed: number;
  readonly durationUs: number;
  /** For whoever acts while it goes on. */
  readonly hand: Hand;
  readonly #plan: Plan;
  readonly #clock = new Clock();
  readonly #journal: Journal;
  readonly #fleet: Fleet;
  readonly #hash = new RunHash();
  readonly #observed: readonly Observed[];
  /** Runs that this one is compared with, by the expectation's place. */
  readonly #others: ReadonlyMap<number, Simulation>;

  constructor(plan: Plan, options: SimulationOptions) {
    const { scenario } = plan;
    this.#plan = plan;
    this.seed = options.seed ?? scenario.seed;
    this.durationUs = scenario.duration;
    this.#journal = new Journal(this.#clock, (event) => {
      const line = encodeEvent(event);
      this.#hash.add(line);
      options.sink?.(event, line);
    });
    const { recordRequests = false } = options;
    this.#tellStart(options.data, recordRequests);
    for (const object of plan.objects ?? []) this.#journal.apply(object);
    const streams = new Streams(this.seed);
    const { deviceClasses } = scenario.cluster;
    const supply = supplyOf(scenario.cluster);
    const fleetPlan = {
      nodes: plan.nodes,
      services: plan.services,
      gateway: gatewayOf(scenario.cluster),
      warmupUs: scenario.warmup,
      recordRequests,
      ...(supply ? { supply } : {}),
      ...(plan.network ? { network: plan.network } : {}),
      ...(plan.policies ? { policies: plan.policies } : {}),
      ...(deviceClasses ? { deviceClasses } : {}),
    };
    this.#fleet = new Fleet(fleetPlan, this.#clock, streams, this.#journal);
    this.hand = new Hand(this.#fleet, options.acts ?? []);
    this.#start(streams);
    const [first] = plan.services;
    this.#observed = first ? observe(scenario.expect, this.#fleet, first.name) : [];
    this.#others = new Map(
      [...plan.others ?? []].map(([index, other]) => [
        index,
        new Simulation(other, { seed: this.seed, data: other.scenario }),
      ]),
    );
  }

  /** The fold of all events so far. */
  get state(): FleetState {
    return this.#journal.state;
  }

  get nowUs(): number {
    return this.#clock.nowUs;
  }

  get events(): number {
    return this.#journal.events;
  }

  /** The hash of the log so far. */
  get hash(): string {
    return this.#hash.digest();
  }

  /**
   * Goes on to `untilUs`, or to the end of the run if that comes first. Stops early, with nothing
   * lost, when `pause` says so; true when it got there.
   */
  advance(untilUs: number, pause?: () => boolean): boolean {
    return this.hand.runUntil(Math.min(untilUs, this.durationUs), pause) &&
      [...this.#others.values()].every((other) => other.advance(untilUs, pause));
  }

  /** Another run of which only the last state is asked. */
  #end(): OtherRun {
    this.advance(this.durationUs);
    this.#fleet.closeLastWindows();
    const service = this.#plan.services[0]!.name;
    return { state: this.state, nowUs: this.nowUs, service };
  }

  /** Closes the last windows, judges the expectations and ends the log. */
  finish(): void {
    const { nowUs } = this.#clock;
    this.#fleet.closeLastWindows();
    const { scenario: { expect }, services: [first] } = this.#plan;
    // Only a mock cluster may be without services, and nothing is expected of it.
    const others = new Map([...this.#others].map(([index, other]) => [index, other.#end()]));
    const { state } = this;
    const verdicts = first
      ? judge(expect, { state, service: first.name, nowUs, observed: this.#observed, others })
      : [];
    for (const verdict of verdicts) this.#journal.tell(verdict);
    const idle = [...this.hand.faults].flatMap(([id, fault]) => {
      const why = fault.idle();
      return why === undefined ? [] : [[id, why] as const];
    });
    this.#journal.tell({
      kind: "run.ended",
      inFlight: this.#fleet.inFlight(),
      ...(idle.length > 0 ? { idleFaults: Object.fromEntries(idle) } : {}),
    });
  }

  #tellStart(data: unknown, recordRequests: boolean): void {
    const { scenario, services, nodes, keepSeconds, notSimulated = {} } = this.#plan;
    const supply = supplyOf(scenario.cluster);
    const gpuPrices = gpuPricesOf(scenario.cluster);
    const kinds = new NodeKinds(nodes, scenario.cluster.deviceClasses);
    const calibrations = services.map((service) =>
      [service.name, calibrationOf(service, kinds)] as const
    );
    const calibrationError = Object.fromEntries(
      calibrations.flatMap(([name, { error }]) => error ? [[name, error] as const] : []),
    );
    this.#journal.tell({
      kind: "run.started",
      scenario: scenario.name,
      scenarioHash: scenarioHash(data),
      durationUs: scenario.duration,
      warmupUs: scenario.warmup,
      keepSeconds,
      seed: this.seed,
      calibration: Object.fromEntries(calibrations.map(([name, { state }]) => [name, state])),
      ...(Object.keys(calibrationError).length > 0 ? { calibrationError } : {}),
      ...(Object.keys(notSimulated).length > 0 ? { notSimulated } : {}),
      slo: services.filter(({ slo }) => slo !== undefined).map(({ name }) => name),
      ...objectivesOf(scenario),
      ...loadFacts(scenario),
      ...(supply ? { supply } : {}),
      ...(gpuPrices ? { gpuPrices } : {}),
      ...(recordRequests ? { recordRequests } : {}),
    });
  }

  #startRollouts(): void {
    const { rollouts, changes } = this.#plan.scenario;
    const fleet = this.#fleet;
    const { rollouts: started } = this.hand;
    const acts = changes.filter((change) => change.kind === "act");
    // Before the rollouts too.
    for (const act of acts) startAct(act, started, fleet);
    for (const [index, rollout] of rollouts.entries()) {
      const id = entryId("rollouts", index, rollout);
      const controls = startRollout(id, rollout, this.#plan.rolledOut![id]!, fleet);
      started.set(rollout.service, { id, controls });
    }
    for (const [index, change] of changes.entries()) {
      if (change.kind !== "change") continue;
      const id = entryId("changes", index, change);
      startChange(id, change, this.#plan.changed?.[id], fleet);
    }
  }

  #start(streams: Streams): void {
    const { load, faults, autoscalers, processes, duration } = this.#plan.scenario;
    const fleet = this.#fleet;
    let segments = 0;
    let sessions = 0;
    const chains = new LoadChains(load);
    const { counted } = loadsApart(this.#plan.scenario);
    for (const each of load) {
      const kind = clientKind(each, counted.get(each));
      const meant = plansMeantBy(each.to, this.#plan.services);
      const way = fleet.way(each.to);
      const startUs = each.start ?? 0;
      const context: LoadContext = {
        ...chains.contextOf(each),
        clock: this.#clock,
        stream: (purpose) => streams.stream(`load/${chains.streamName(each)}/${purpose}`),
        submit: (promptTokens, outputTokens, options) =>
          fleet.submit(way, promptTokens, outputTokens, kind, options),
        reserveSegments: (count) => (segments += count) - count,
        reserveSessions: (count) => (sessions += count) - count,
        startUs,
        endUs: Math.min(each.end ?? duration, duration),
        contextTokens: shortestContext(meant),
      };
      // What it goes on with is as the load before leaves it.
      const own = each.kind === "own" ? fleet.policies.find("load", each.policy) : undefined;
      const start = () => startLoad(each, context, own);
      if (each.continues === undefined) start();
      else this.#clock.at(startUs, start);
    }
    // Before the rollouts, so that a fault hears of a step that begins at once.
    for (const [index, fault] of faults.entries()) {
      const id = entryId("faults", index, fault);
      const stream = streams.stream(`fault/${id}`);
      this.hand.faults.set(id, startFault(fault, { id, fleet, stream }));
    }
    this.#startRollouts();
    for (const [index, scaler] of autoscalers.entries()) {
      startOwnAutoscaler(entryId("autoscalers", index, scaler), scaler, fleet);
    }
    for (const { name } of processes) startOwnProcess(name, fleet);
  }
}

/** Absent where nobody says how many requests are to be good. */
function objectivesOf({ slo }: ParsedScenario): Pick<Fact<"run.started">, "objectives"> {
  const objectives = Object.entries(slo).flatMap(([name, limits]) => {
    const objective = objectiveOf(limits);
    return objective ? [[name, objective]] : [];
  });
  return objectives.length === 0 ? {} : { objectives: Object.fromEntries(objectives) };
}

function clientKind(load: Load, countedAs: CountedLoad | undefined): ClientKind {
  const { name, priority, objective, fairness, adapter, timeout, slo } = load;
  return {
    load: name,
    ...(countedAs ? { countedAs } : {}),
    ...(objective === undefined ? {} : { objective }),
    ...(fairness === undefined ? {} : { fairnessId: fairness }),
    ...(slo === undefined ? {} : { slo: sloOf(slo) }),
    ...(priority === undefined ? {} : { priority }),
    ...(adapter === undefined ? {} : { adapter }),
    ...(timeout === undefined ? {} : { timeoutUs: timeout }),
  };
}
