// What must hold in every run, checked on nothing but its log: the lines, parsed and folded again.
import assert from "node:assert/strict";
import { type EventOf, type FleetEvent, fleetEventSchema } from "../../src/fleet/events.ts";
import type { FleetState } from "../../src/fleet/state.ts";
import type { KubeObject } from "../../src/kube/object.ts";
import { assertPortable } from "../../src/log/codec.ts";
import { stateHash } from "../../src/log/hash.ts";
import { inFlight } from "../../src/metrics/totals.ts";
import { type Plan, plan } from "../../src/scenario/plan.ts";
import { Simulation } from "../../src/scenario/run.ts";
import { entryId } from "../../src/scenario/scenario.ts";
import { checkEverybodyIsAccountedFor } from "./accounting.ts";
import { FleetView, isReady, type PodView } from "./fleet_view.ts";

/**
 * Runs a scenario to its end, and again in pieces. Throws an AssertionError at the first invariant that
 * is broken, its message beginning with the invariant; returns the state at the end.
 */
export function checkRun(data: unknown): FleetState {
  const planned = plan(data);
  if ("problems" in planned) assert.fail(`valid scenarios: ${JSON.stringify(planned.problems)}`);
  const check = new LogCheck(gatewayLags(planned.scenario.faults));
  const whole = new Simulation(planned, { data, sink: (_event, line) => check.read(line) });
  whole.advance(whole.durationUs);
  whole.finish();
  check.end();
  const { state } = check.view;
  assert.equal(stateHash(state), stateHash(whole.state), "one fold: the log's is another state");

  const pieces = new Simulation(planned, { data });
  for (let untilUs = 0; untilUs < pieces.durationUs; untilUs += 7_654_321) pieces.advance(untilUs);
  pieces.advance(pieces.durationUs);
  pieces.finish();
  assert.equal(pieces.hash, whole.hash, "one log: in pieces the seed gives another");
  return state;
}

/** A rollout that is told to be over has the weights of its outcome. */
function checkRollout({ services }: FleetState, event: EventOf<"step">): void {
  const { service, strategy = "canary", phase, aborted, about } = event;
  const revision =
    { canary: "canary", blueGreen: "preview", shadow: "shadow", rolling: "" }[strategy];
  const weight = services[service]!.weights[revision];
  // A deleted service has no weights, and of an abort that waits for stable's pods the weight falls later.
  if (phase !== "Healthy" || weight === undefined) return;
  if (aborted) {
    assert.equal(weight, 0, `rollout: it is undone at ${about}, and has weight ${weight}`);
  } else {assert.ok(
      weight === 0 || weight === 100,
      `rollout: it is completed with weight ${weight}`,
    );}
}

/** By how much each `gateway-lag` delays what the gateway is told, in µs, by its id. */
function gatewayLags(faults: Plan["scenario"]["faults"]): ReadonlyMap<string, number> {
  return new Map(
    faults.flatMap((fault, index) =>
      fault.kind === "gateway-lag" ? [[entryId("faults", index, fault), fault.by] as const] : []
    ),
  );
}

/** Reads a log line by line; what may not last is looked at when an instant is over. */
class LogCheck {
  readonly view = new FleetView();
  readonly #lags: ReadonlyMap<string, number>;
  /** Since when the gateway sends nothing to a member of a route, in µs, by `service/revision`. */
  readonly #unroutedUs = new Map<string, number>();
  /** The gateway is late by so much now, in µs; and what changed before it was on time comes until then. */
  #lagUs = 0;
  #lateUntilUs = 0;

  constructor(lags: ReadonlyMap<string, number>) {
    this.#lags = lags;
  }

  read(line: string): void {
    const { state } = this.view;
    const event: FleetEvent = JSON.parse(line);
    assertPortable(event);
    const parsed = fleetEventSchema.safeParse(event);
    assert.ok(parsed.success, `schema: ${line}: ${parsed.error?.message}`);
    assert.equal(JSON.stringify(parsed.data), line, "schema: it leaves something out");
    assert.equal(event.seq, state.seq + 1, "sequence: an event is missing");
    assert.ok(event.at >= state.at, `time: it goes back at seq ${event.seq}`);
    if (event.at > state.at) this.#checkInstant();
    for (const node of this.view.read(event)) checkDevices(this.view, node);
    if (event.kind === "fault") this.#lag(event);
    if (event.kind === "weight") this.#route(event.at);
    if (event.kind === "window") this.#checkWindow(event);
    if (event.kind === "step") checkRollout(this.view.state, event);
  }

  end(): void {
    this.#checkInstant();
    checkEverybodyIsAccountedFor(this.view.state);
  }

  #checkInstant(): void {
    const { changed, nodes } = this.view.settled();
    for (const node of nodes) checkReadiness(this.view, node);
    if (!changed) return;
    const members = podsByMember(this.view);
    checkRoutes(this.view.state, members);
    checkReplicas(this.view.state, members);
  }

  #lag({ at, fault, phase }: EventOf<"fault">): void {
    const byUs = this.#lags.get(fault) ?? 0;
    if (phase === "end") this.#lateUntilUs = Math.max(this.#lateUntilUs, at + this.#lagUs);
    this.#lagUs += phase === "begin" ? byUs : -byUs;
  }

  #route(atUs: number): void {
    const heardUs = Math.max(atUs + this.#lagUs, this.#lateUntilUs);
    for (
      const [service, { revisions, weights, eligible }] of Object.entries(this.view.state.services)
    ) {
      for (const revision of Object.keys(revisions)) {
        const key = `${service}/${revision}`;
        const routed = eligible.includes(revision) && (weights[revision] ?? 0) > 0;
        if (routed) this.#unroutedUs.delete(key);
        else if (!this.#unroutedUs.has(key)) this.#unroutedUs.set(key, heardUs);
      }
    }
  }

  #checkWindow({ at, service, revision, measured, warmup }: FleetEvent & { kind: "window" }): void {
    const { revisions } = this.view.state.services[service]!;
    const { measured: all, warmup: warming, mirrored: copies } = revisions[revision]!;
    for (const totals of [all, warming, ...(copies ? [copies] : [])]) {
      const open = inFlight(totals.requests);
      assert.ok(open >= 0, `accounting: ${service}/${revision} ended more than arrived`);
    }
    const arrived = (measured?.requests.arrived ?? 0) + (warmup?.requests.arrived ?? 0);
    // Stable owns the route: what nobody can take is refused in its name.
    const unroutedUs = revision === "stable"
      ? undefined
      : this.#unroutedUs.get(`${service}/${revision}`);
    if (arrived === 0 || unroutedUs === undefined) return;
    const late = `route: ${service}/${revision} got requests when it was not on it`;
    assert.ok(unroutedUs > at - 1_000_000, late);
  }
}

/** No device is owned twice: the pods of a node are given no more than it has. */
function checkDevices(view: FleetView, name: string): void {
  const given: Record<string, number> = {};
  for (const { devices, over } of view.podsOn(name)) {
    if (over) continue;
    for (const [resource, count] of Object.entries(devices)) {
      given[resource] = (given[resource] ?? 0) + count;
    }
  }
  const node = view.node(name);
  // One that was taken out of the cluster: pod GC takes its pods out after it.
  if (!node) return;
  const capacity = (node.status?.["capacity"] ?? {}) as Record<string, string>;
  for (const [resource, count] of Object.entries(given)) {
    const has = Number(capacity[resource] ?? 0);
    assert.ok(count <= has, `devices: ${count} ${resource} are given on ${name}, which has ${has}`);
  }
}

function checkReadiness(view: FleetView, name: string): void {
  const up = isReady(view.node(name)?.status);
  for (const pod of view.podsOn(name)) {
    if (!pod.ready) continue;
    assert.ok(up, `readiness: ${pod.name} is Ready on ${name}, which is not`);
  }
}

type Members = ReadonlyMap<string, readonly PodView[]>;

/** The pods of each LLMInferenceService. */
function podsByMember({ pods }: FleetView): Members {
  const members = new Map<string, PodView[]>();
  for (const pod of pods) {
    const member = pod.labels["app.kubernetes.io/name"]!;
    const known = members.get(member);
    if (known) known.push(pod);
    else members.set(member, [pod]);
  }
  return members;
}

function memberOf(service: string, revision: string): string {
  return revision === "stable" ? service : `${service}-${revision}`;
}

const isPicker = ({ labels }: PodView) =>
  labels["app.kubernetes.io/component"] === "llminferenceservice-router-scheduler";
const isPrefill = (pod: PodView) => !isPicker(pod) && pod.labels["llm-d.ai/role"] === "prefill";
/** Workers of a group take nothing, and have no such label. */
const isMain = (pod: PodView) =>
  pod.labels["kserve.io/component"] === "workload" && !isPicker(pod) && !isPrefill(pod);

function serviceOf(objects: FleetState["objects"], member: string): KubeObject {
  return objects[`serving.kserve.io/LLMInferenceService/default/${member}`]!;
}

/** `set/group` of a pod of a LeaderWorkerSet; undefined of any other. */
function groupOf({ labels }: PodView): string | undefined {
  const set = labels["leaderworkerset.sigs.k8s.io/name"];
  return set && `${set}/${labels["leaderworkerset.sigs.k8s.io/group-index"]}`;
}

/** A LeaderWorkerSet counts a replica as ready when all pods of the group are: without the others. */
function wholeGroups(pods: readonly PodView[]): PodView[] {
  const broken = new Set(pods.filter(({ ready }) => !ready).map(groupOf));
  return pods.filter((pod) => groupOf(pod) === undefined || !broken.has(groupOf(pod)));
}

/**
 * A member that is not stopped is in the route when it owns it or each of its workloads has a ready pod,
 * as KServe has it.
 */
function checkRoutes({ services, objects }: FleetState, members: Members): void {
  for (const [service, { revisions, eligible, weights }] of Object.entries(services)) {
    if (Object.keys(weights).length === 0) continue;
    const routed = Object.keys(revisions).filter((name) => {
      const member = memberOf(service, name);
      const ready = wholeGroups(members.get(member) ?? []).filter((pod) => pod.ready);
      const { metadata, spec } = serviceOf(objects, member);
      if (metadata.annotations?.["serving.kserve.io/stop"] === "true") return false;
      if (name === "stable") return true;
      const router = spec?.["router"] as { scheduler?: unknown } | undefined;
      return ready.some(isMain) &&
        (spec?.["prefill"] === undefined || ready.some(isPrefill)) &&
        (router?.scheduler === undefined || ready.some(isPicker));
    });
    assert.deepEqual(eligible, routed, `eligibility: the route of ${service}`);
  }
}

/**
 * Every live pod is one that a ReplicaSet is to have or the leader of a group; together they are no more
 * than surge allows, and where nothing is updated as many as are wanted.
 */
function checkReplicas(state: FleetState, members: Members): void {
  for (const [service, { revisions }] of Object.entries(state.services)) {
    for (const [name, { replicas }] of Object.entries(revisions)) {
      const member = memberOf(service, name);
      const live = members.get(member)
        ?.filter((pod) => isMain(pod) && !pod.terminating && !pod.over) ?? [];
      const at = `pods of ${member} at seq ${state.seq}`;
      const sets = replicaSetsOf(state, `${member}-kserve`);
      if (sets.length === 0) {
        const most = replicas + surgeOf(state, member, replicas);
        assert.ok(live.length <= most, `surge: ${at}: ${live.length} groups where ${most} may be`);
        continue;
      }
      const wanted = sets.reduce((sum, set) => sum + set.replicas, 0);
      // What a quota refuses is missing, and said to be.
      if (!sets.some(({ failing }) => failing)) {
        assert.equal(live.length, wanted, `orphans: ${at}`);
      }
      const most = Math.max(...sets.map(({ max }) => max));
      assert.ok(wanted <= most, `surge: ${at}: ${wanted} where ${most} may be`);
      const active = sets.filter((set) => set.replicas > 0);
      if (active.length === 1 && sets.length === 1) {
        assert.equal(wanted, replicas, `replicas: ${at}`);
      }
    }
  }
}

/** Groups beyond its replicas that an update of a LeaderWorkerSet may have: none by default. */
function surgeOf({ objects }: FleetState, member: string, replicas: number): number {
  const { spec } = serviceOf(objects, member);
  const { maxSurge = 0 } = (spec?.["rolloutStrategy"] ?? {}) as { maxSurge?: number | string };
  if (typeof maxSurge === "number") return Math.min(maxSurge, replicas);
  return Math.min(Math.ceil(parseInt(maxSurge) * replicas / 100), replicas);
}

/** Of a Deployment: how large each is to be, and how large all of them may be together. */
function replicaSetsOf({ objects }: FleetState, deployment: string) {
  const prefix = `apps/ReplicaSet/default/${deployment}-`;
  return Object.entries(objects).flatMap(([key, { metadata, spec, status }]) => {
    // The hash of a template is ten characters: a longer name is another Deployment's.
    if (!key.startsWith(prefix) || key.length !== prefix.length + 10) return [];
    const max = metadata.annotations!["deployment.kubernetes.io/max-replicas"];
    const failing = status?.["conditions"] !== undefined;
    return [{ replicas: Number(spec!["replicas"]), max: Number(max), failing }];
  });
}
