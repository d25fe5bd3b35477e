// The simulated cluster as a scenario's own code sees it: what it may ask, do and wait for.

import { type MetricName, RATIOS } from "../../metrics/names.ts";
import { type Duration, parseDuration } from "../../sim/duration.ts";
import { type Process, sleep } from "../../sim/process.ts";
import type { Stream } from "../../sim/streams.ts";
import type { EventReason } from "../event_reasons.ts";
import type { Fleet } from "../fleet.ts";
import { readMetric } from "../metric_read.ts";
import type { Node } from "../node.ts";
import type { Pod } from "../pod.ts";
import { STABLE } from "../revision_names.ts";
import type { Service } from "../service.ts";
import type { Statistic } from "../statistic.ts";

export interface PodView {
  readonly name: string;
  readonly service: string;
  /** Its revision: `stable`, `canary`. */
  readonly of: string;
  /** Undefined while it is not placed. */
  readonly node: string | undefined;
  readonly ready: boolean;
}

export interface NodeView {
  readonly name: string;
  readonly cordoned: boolean;
  /** It does not answer. */
  readonly lost: boolean;
}

/** Which pods or figures are meant. */
export interface Scope {
  readonly service?: string;
  readonly of?: string;
}

const SECOND_US = 1_000_000;

/**
 * Virtual time, chance and the cluster. Its methods throw a RangeError in one sentence when what they
 * name is not there; a run whose own code throws ends with exit code 107.
 */
export class Simulated {
  readonly #fleet: Fleet;
  readonly #stream: Stream;
  readonly #owner: string;

  /** `stream` is drawn from by this policy alone; `owner` names it in the log. */
  constructor(fleet: Fleet, stream: Stream, owner: string) {
    this.#fleet = fleet;
    this.#stream = stream;
    this.#owner = owner;
  }

  /** Virtual seconds since the run began. */
  get nowSeconds(): number {
    return this.#fleet.clock.nowUs / SECOND_US;
  }

  /** From 0 to below 1; the seed decides. */
  uniform(): number {
    return this.#stream.uniform();
  }

  /** A whole number from `minimum` to `maximum`, each equally likely. */
  integer(minimum: number, maximum: number): number {
    return this.#stream.integer(minimum, maximum);
  }

  /** Waits: `yield* sim.sleep("30s")`. */
  *sleep(duration: Duration): Process {
    const us = parseDuration(duration);
    if (us === undefined) throw new RangeError(`Cannot sleep "${duration}": write such as 30s`);
    yield* sleep(us);
  }

  /** Waits until `holds` does, looked at every second: `yield* sim.until(() => …)`. */
  *until(holds: () => boolean): Process {
    while (!holds()) yield* sleep(SECOND_US - this.#fleet.clock.nowUs % SECOND_US);
  }

  get services(): readonly string[] {
    return [...this.#fleet.services.keys()];
  }

  /** Pods that take requests and are not gone, the oldest first. */
  pods(scope: Scope = {}): PodView[] {
    return this.#pods(scope).map(({ pod, service, of }) => ({
      ...{ name: pod.name, service, of, ready: pod.ready },
      node: pod.node?.name,
    }));
  }

  nodes(): NodeView[] {
    return this.#fleet.nodes.all.map(({ name, cordoned, lost }) => ({ name, cordoned, lost }));
  }

  /** Traffic weights by revision. */
  weights(service: string): Readonly<Record<string, number>> {
    return this.#service(service).weights;
  }

  /** How many pods of a revision are wanted. */
  replicas(service: string, of: string = STABLE): number {
    return this.#revision(service, of).replicas;
  }

  /**
   * A metric over the last minute, or `over`: latencies in ms, shares from 0 to 1, else the number;
   * undefined without a sample.
   */
  measure(
    metric: MetricName,
    { service, of, over = "1m", statistic = "p95" }: Scope & {
      readonly over?: Duration;
      readonly statistic?: Statistic;
    } = {},
  ): number | undefined {
    const { clock, journal } = this.#fleet;
    const value = readMetric(journal.state, metric, statistic, {
      service: service ?? this.services[0]!,
      revision: of,
      nowUs: clock.nowUs,
      overUs: parseDuration(over),
    });
    if (value === undefined) return undefined;
    return metric in RATIOS ? value / 1e6 : value / 1000;
  }

  /** The process of a pod dies; its kubelet starts it again. */
  crash(pod: string, message = `killed by ${this.#owner}`): void {
    this.#pod(pod).die(message);
  }

  /** As by `kubectl delete pod`: it has its grace to finish, and is replaced. */
  deletePod(pod: string): void {
    this.#pod(pod).terminate();
  }

  /** The server of a pod hangs: it answers neither requests nor probes. */
  stall(pod: string): void {
    this.#pod(pod).stall();
  }

  cordon(node: string): void {
    this.#fleet.nodeLife.cordon(this.#node(node));
  }

  uncordon(node: string): void {
    this.#fleet.nodeLife.uncordon(this.#node(node));
  }

  /** Cordons it and evicts its pods, by their disruption budgets. */
  drain(node: string): void {
    this.#fleet.nodeLife.drain(this.#node(node));
  }

  /** It goes silent; what runs there hangs. */
  lose(node: string): void {
    this.#fleet.nodeLife.lose(this.#node(node));
  }

  /** It answers again. */
  recover(node: string): void {
    this.#fleet.nodeLife.recover(this.#node(node));
  }

  /** Proportions; a revision that is not named gets 0. */
  setWeights(service: string, weights: Readonly<Record<string, number>>): void {
    this.#service(service).setWeights(weights);
  }

  scale(service: string, replicas: number, of: string = STABLE): void {
    if (!Number.isSafeInteger(replicas) || replicas < 0) {
      throw new RangeError(`Cannot scale "${service}" to ${replicas}: write a whole number from 0`);
    }
    this.#service(service).scale(this.#revision(service, of), replicas, this.#owner);
  }

  /** Tells a Kubernetes Event of a service's object, which the run's log and text show. */
  tell(reason: string, message: string, options: TellOptions = {}): void {
    const { service = this.services[0]!, of = STABLE, warning = false } = options;
    const { object } = this.#revision(service, of);
    this.#fleet.journal.event(
      warning ? "Warning" : "Normal",
      // What own code tells is its own business: any reason will do.
      reason as EventReason,
      object,
      message,
      this.#owner,
    );
  }

  #service(name: string): Service {
    const service = this.#fleet.services.get(name);
    if (service) return service;
    throw new RangeError(`there is no service "${name}" among ${this.services.join(", ")}`);
  }

  #revision(service: string, of: string) {
    const { revisions } = this.#service(service);
    const revision = revisions.get(of);
    if (revision) return revision;
    throw new RangeError(
      `there is no revision "${of}" of "${service}" now: ${[...revisions.keys()].join(", ")}`,
    );
  }

  #pods({ service, of }: Scope): { pod: Pod; service: string; of: string }[] {
    const services = service === undefined ? this.services : [service];
    return services.flatMap((name) =>
      [...this.#service(name).revisions.values()]
        .filter((revision) => of === undefined || revision.name === of)
        .flatMap((revision) =>
          revision.pods.filter(({ gone }) => !gone)
            .map((pod) => ({ pod, service: name, of: revision.name }))
        )
    );
  }

  #pod(name: string): Pod {
    const found = this.#pods({}).find(({ pod }) => pod.name === name);
    if (found) return found.pod;
    throw new RangeError(`there is no pod "${name}" now`);
  }

  #node(name: string): Node {
    const node = this.#fleet.nodes.find(name);
    if (node) return node;
    throw new RangeError(`there is no node "${name}"`);
  }
}

export interface TellOptions extends Scope {
  readonly warning?: boolean;
}
