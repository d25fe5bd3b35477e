// What must hold in every run, checked on nothing but its log: the lines, parsed and folded again.
import assert from "node:assert/strict";
import { type FleetEvent, fleetEventSchema } from "../../src/fleet/events.ts";
import { fold } from "../../src/fleet/fold.ts";
import { type FleetState, initialState } from "../../src/fleet/state.ts";
import type { KubeObject } from "../../src/kube/object.ts";
import { assertPortable } from "../../src/log/codec.ts";
import { stateHash } from "../../src/log/hash.ts";
import { inFlight, type Totals } from "../../src/metrics/totals.ts";
import { plan } from "../../src/scenario/plan.ts";
import { Simulation } from "../../src/scenario/run.ts";

/**
 * Runs a scenario to its end, and again in pieces. Throws an AssertionError at the first invariant that
 * is broken; returns the state at the end.
 */
export function checkRun(data: unknown): FleetState {
  const planned = plan(data);
  if ("problems" in planned) assert.fail(JSON.stringify(planned.problems));
  const check = new LogCheck();
  const whole = new Simulation(planned, { data, sink: (_event, line) => check.read(line) });
  whole.advance(whole.durationUs);
  whole.finish();
  check.end();
  assert.equal(stateHash(check.state), stateHash(whole.state), "the fold is another state");

  const pieces = new Simulation(planned, { data });
  for (let untilUs = 0; untilUs < pieces.durationUs; untilUs += 7_654_321) pieces.advance(untilUs);
  pieces.advance(pieces.durationUs);
  pieces.finish();
  assert.equal(pieces.hash, whole.hash, "the same seed gives another log");
  return check.state;
}

/** Reads a log line by line; what may not last is looked at when an instant is over. */
class LogCheck {
  readonly state = initialState();
  /** Since when a member of a route gets nothing, in µs, by `service/revision`. */
  readonly #unroutedUs = new Map<string, number>();

  read(line: string): void {
    const event: FleetEvent = JSON.parse(line);
    assertPortable(event);
    const parsed = fleetEventSchema.safeParse(event);
    assert.ok(parsed.success, `${line}: ${parsed.error?.message}`);
    assert.equal(JSON.stringify(parsed.data), line, "the schema leaves something out");
    assert.equal(event.seq, this.state.seq + 1);
    assert.ok(event.at >= this.state.at, `at goes back at seq ${event.seq}`);
    if (event.at > this.state.at) this.#checkInstant();
    fold(this.state, event);
    if (event.kind === "object.applied") checkGpus(this.state);
    if (event.kind === "weight") this.#route(event.at);
    if (event.kind === "window") this.#checkWindow(event);
  }

  end(): void {
    this.#checkInstant();
    checkEverybodyIsAccountedFor(this.state);
  }

  #checkInstant(): void {
    checkReadiness(this.state);
    checkRoutes(this.state);
    checkReplicas(this.state);
  }

  #route(atUs: number): void {
    for (const [service, { revisions, weights, eligible }] of Object.entries(this.state.services)) {
      for (const revision of Object.keys(revisions)) {
        const key = `${service}/${revision}`;
        const routed = eligible.includes(revision) && (weights[revision] ?? 0) > 0;
        if (routed) this.#unroutedUs.delete(key);
        else if (!this.#unroutedUs.has(key)) this.#unroutedUs.set(key, atUs);
      }
    }
  }

  #checkWindow({ at, service, revision, measured, warmup }: FleetEvent & { kind: "window" }): void {
    const { revisions } = this.state.services[service]!;
    for (const totals of [revisions[revision]!.measured, revisions[revision]!.warmup]) {
      assert.ok(inFlight(totals.requests) >= 0, `${service}/${revision} ended more than arrived`);
    }
    const arrived = (measured?.requests.arrived ?? 0) + (warmup?.requests.arrived ?? 0);
    // Stable owns the route: what nobody can take is refused in its name.
    const unroutedUs = revision === "stable"
      ? undefined
      : this.#unroutedUs.get(`${service}/${revision}`);
    if (arrived === 0 || unroutedUs === undefined) return;
    assert.ok(unroutedUs > at - 1_000_000, `${service}/${revision} got requests out of the route`);
  }
}

function checkEverybodyIsAccountedFor({ services, ended }: FleetState): void {
  assert.ok(ended, "the run did not end");
  for (const [name, { revisions }] of Object.entries(services)) {
    const of = (totals: Totals) => inFlight(totals.requests);
    const open = Object.values(revisions)
      .reduce((sum, { measured, warmup }) => sum + of(measured) + of(warmup), 0);
    assert.equal(open, ended.inFlight[name], `requests of ${name} that did not end`);
  }
}

interface PodView {
  readonly member: string;
  readonly node: string | undefined;
  readonly gpus: number;
  readonly ready: boolean;
  readonly terminating: boolean;
}

function podsOf({ objects }: FleetState): PodView[] {
  return Object.values(objects).filter(({ kind }) => kind === "Pod").map(podView);
}

function podView({ metadata, spec, status }: KubeObject): PodView {
  const [container] = spec!["containers"] as unknown as {
    resources: { limits: Record<string, string> };
  }[];
  return {
    member: metadata.labels!["app.kubernetes.io/name"]!,
    node: spec!["nodeName"] as string | undefined,
    gpus: Number(container!.resources.limits["nvidia.com/gpu"]),
    ready: isReady(status),
    terminating: metadata.deletionTimestamp !== undefined,
  };
}

function isReady(status: KubeObject["status"]): boolean {
  const conditions = status?.["conditions"] as unknown as { type: string; status: string }[];
  return conditions.some((condition) => condition.type === "Ready" && condition.status === "True");
}

/** No GPU is owned twice: the pods of a node ask for no more than it has. */
function checkGpus(state: FleetState): void {
  const asked = new Map<string, number>();
  for (const { node, gpus } of podsOf(state)) {
    if (node !== undefined) asked.set(node, (asked.get(node) ?? 0) + gpus);
  }
  for (const [name, gpus] of asked) {
    const node = state.objects[`/Node//${name}`]!;
    const capacity = node.status!["capacity"] as { "nvidia.com/gpu": string };
    assert.ok(gpus <= Number(capacity["nvidia.com/gpu"]), `${gpus} GPUs are in use on ${name}`);
  }
}

function checkReadiness(state: FleetState): void {
  for (const { member, node, ready, terminating } of podsOf(state)) {
    if (!ready) continue;
    assert.ok(node !== undefined && isReady(state.objects[`/Node//${node}`]!.status), node);
    assert.ok(!terminating, `a pod of ${member} takes requests while it terminates`);
  }
}

/** A member is in the route when it owns it or has a ready pod, as KServe has it. */
function checkRoutes(state: FleetState): void {
  const pods = podsOf(state);
  for (const [service, { revisions, eligible, weights }] of Object.entries(state.services)) {
    if (Object.keys(weights).length === 0) continue;
    const others = Object.keys(revisions).filter((name) =>
      pods.some(({ member, ready }) => ready && member === `${service}-${name}`)
    );
    assert.deepEqual(eligible, ["stable", ...others], `the route of ${service}`);
  }
}

function checkReplicas(state: FleetState): void {
  const pods = podsOf(state);
  for (const [service, { revisions }] of Object.entries(state.services)) {
    for (const [name, { replicas }] of Object.entries(revisions)) {
      const member = name === "stable" ? service : `${service}-${name}`;
      const live = pods.filter((pod) => pod.member === member && !pod.terminating);
      assert.equal(live.length, replicas, `pods of ${member} at seq ${state.seq}`);
    }
  }
}
