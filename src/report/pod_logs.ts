// A pod's log out of the events of a run: what its container would have said, and when. Reads no file.

import type { EventOf, FleetEvent } from "../fleet/events.ts";
import { startPhaseOf } from "../fleet/pod_object.ts";
import { TIMINGS } from "../fleet/timings.ts";
import { type Json, type KubeObject, mergePatch } from "../kube/object.ts";
import type { StartPhase } from "../serving/startup.ts";
import { parseTimestamp, virtualTimestamp } from "../sim/timestamp.ts";
import { BEAT_US, EngineBeats, type EngineStats } from "./engine_stats.ts";
import { fillTemplate, type LogPhase, type LogTemplates, type LogValues } from "./log_templates.ts";
import { containerStatus, startupProgress } from "./pod_problem.ts";
import type { PodServer, PodStartup } from "./pod_server.ts";

export interface LogLine {
  /** Virtual µs. */
  readonly atUs: number;
  readonly text: string;
}

/** One instance of the container `main`: from its start to its end. */
export interface ContainerLog {
  /** Whether its process still ran at the instant asked about. */
  readonly running: boolean;
  readonly lines: readonly LogLine[];
}

interface Instance {
  /** Undefined when it was up before the run began and nothing tells since when. */
  readonly startedUs: number | undefined;
  readyUs: number | undefined;
  /** When it told that it entered a phase. */
  readonly phases: Map<StartPhase, number>;
  /** When its pod was told to stop. */
  killedUs: number | undefined;
  endedUs: number | undefined;
  beats: EngineBeats | undefined;
  /** When an endpoint picker tells next how many endpoints it has. */
  tellsUs: number | undefined;
  readonly lines: LogLine[];
}

/** How older runs told that a container died; the status of its pod tells it now. */
const DIED = "Container main died: ";
/** The kubelet's words for a container that is to stop for good: its process hears of it. */
const STOPPING = "Stopping container main";
/** PyTorch's error when the weights do not fit, see `fleet/engine_limits.ts`. */
const OUT_OF_MEMORY = "torch.OutOfMemoryError";
/** 128 + SIGKILL: an OOM kill, or a grace that is over. */
const SILENT_ENDS: ReadonlySet<number> = new Set([137]);
/** The container's start in the kubelet's words; sidecars and init containers have their own. */
const STARTED = "Started container main";

/** Follows one pod through the events of a run, in order. */
export class PodLog {
  readonly #server: PodServer;
  readonly #templates: LogTemplates;
  readonly #key: string;
  readonly #subject: string;
  readonly #instances: Instance[] = [];
  /** Pods that this one may have to count: itself, and for an endpoint picker those of its pool. */
  readonly #pods = new Map<string, Json>();

  constructor(server: PodServer, templates: LogTemplates) {
    this.#server = server;
    this.#templates = templates;
    this.#key = `/Pod/${server.namespace}/${server.name}`;
    this.#subject = `Pod/${server.namespace}/${server.name}`;
  }

  /** The next event of the run, whatever it is about. */
  take(event: FleetEvent): void {
    const open = this.#open;
    // Before the event: it may change what is told.
    if (open?.tellsUs !== undefined) this.#tellEndpoints(open, event.at - 1);
    if (event.kind === "window") this.#takeWindow(event);
    else if (event.kind === "event") this.#takeKubeEvent(event);
    else if (event.kind === "object.applied") this.#takeObject(event);
    else if (event.kind === "object.deleted") this.#takeDeletion(event);
  }

  /** The container's instances as of `nowUs`, oldest first. */
  containers(nowUs: number): ContainerLog[] {
    return this.#instances.map((instance) => {
      const { endedUs, killedUs, lines } = instance;
      const rest: LogLine[] = [];
      if (endedUs === undefined) {
        this.#tellBeats(instance, instance.beats?.until(nowUs) ?? []);
        this.#tellEndpoints(instance, nowUs);
        if (instance.readyUs === undefined) rest.push(...this.#startLines(instance, nowUs));
      }
      // The preStop hook sleeps before the process hears of it.
      const stopUs = killedUs === undefined ? Infinity : killedUs + TIMINGS.preStopUs;
      if (stopUs <= Math.min(nowUs, endedUs ?? nowUs)) rest.push(...this.#lines("stop", stopUs));
      const all = [...lines, ...rest].sort((a, b) => a.atUs - b.atUs);
      return { running: endedUs === undefined, lines: all };
    });
  }

  get #open(): Instance | undefined {
    const last = this.#instances.at(-1);
    return last?.endedUs === undefined ? last : undefined;
  }

  #begin(startedUs: number | undefined): Instance {
    const instance = {
      startedUs,
      readyUs: undefined,
      phases: new Map<StartPhase, number>(),
      killedUs: undefined,
      endedUs: undefined,
      beats: undefined,
      tellsUs: undefined,
      lines: [],
    };
    this.#instances.push(instance);
    return instance;
  }

  #takeObject(event: EventOf<"object.applied">): void {
    const { key, object, patch } = event;
    const known = this.#pods.get(key);
    if (object !== undefined ? !this.#concerns(key, object) : known === undefined) return;
    const pod = object !== undefined ? object as unknown as Json : mergePatch(known, patch as Json);
    this.#pods.set(key, pod);
    if (key !== this.#key) return;
    this.#takeEnd(known, pod, event.at);
    this.#takePhase(pod, event.at);
    if (isReady(pod)) this.#takeReady(pod, event.at);
  }

  /** A container that is down now and was not before. */
  #takeEnd(before: Json | undefined, pod: Json, atUs: number): void {
    const ended = mainContainer(pod)?.state?.terminated;
    if (!ended || (before !== undefined && mainContainer(before)?.state?.terminated)) return;
    // Its time is cut to seconds; the kubelet saw it at once or with its next look.
    const seenUs = atUs - TIMINGS.deathNoticedUs;
    const late =
      parseTimestamp(ended.finishedAt ?? "") === parseTimestamp(virtualTimestamp(seenUs));
    const silent = SILENT_ENDS.has(ended.exitCode ?? 0);
    this.#die(late ? seenUs : atUs, silent ? undefined : ended.message ?? ended.reason ?? "");
  }

  #takePhase(pod: Json, atUs: number): void {
    const told = startPhaseOf(pod as unknown as KubeObject);
    const phases = this.#open?.phases;
    if (told && phases && !phases.has(told.phase)) phases.set(told.phase, atUs);
  }

  #takeReady(pod: Json, atUs: number): void {
    const before = this.#open;
    const instance = before ?? this.#begin(this.#startedBefore(pod, atUs));
    if (instance.readyUs !== undefined) return;
    instance.readyUs = atUs;
    const { role } = this.#server;
    if (role === "scheduler") instance.tellsUs = atUs + BEAT_US;
    if (role === "model") instance.beats = new EngineBeats(this.#server.name, atUs);
    instance.lines.push(...this.#startLines(instance, atUs));
    const { startedUs } = instance;
    if (startedUs === undefined) return;
    const readyUs = before ? atUs : startedUs + (this.#startUs ?? 0);
    instance.lines.push(...this.#lines("ready", readyUs));
  }

  /**
   * The start of a container that was up at the first that is heard of it, by its status; undefined
   * where that leaves no time for a start, as in a scenario, whose services are up when it begins.
   */
  #startedBefore(pod: Json, nowUs: number): number | undefined {
    const startedUs = parseTimestamp(mainContainer(pod)?.state?.running?.startedAt ?? "");
    if (startedUs === undefined || this.#startUs === undefined) return undefined;
    return startedUs + this.#startUs <= nowUs ? startedUs : undefined;
  }

  /** From the container's start to its readiness, by the startup model. */
  get #startUs(): number | undefined {
    const { startup } = this.#server;
    return startup && startupProgress(startup, 0).left;
  }

  /** A pod that comes back under its name, as a LeaderWorkerSet's do, is another one: a new log. */
  #takeDeletion({ key }: EventOf<"object.deleted">): void {
    this.#pods.delete(key);
    if (key === this.#key) this.#instances.length = 0;
  }

  #concerns(key: string, object: KubeObject): boolean {
    if (key === this.#key) return true;
    if (this.#server.role !== "scheduler" || object.kind !== "Pod") return false;
    const { labels = {}, namespace } = object.metadata;
    return namespace === this.#server.namespace &&
      labels["app.kubernetes.io/name"] === this.#server.service &&
      labels["kserve.io/component"] === "workload";
  }

  #takeKubeEvent({ at, object, reason, message }: EventOf<"event">): void {
    if (object !== this.#subject) return;
    if (reason === "Started" && message === STARTED) {
      // A host that was lost takes its processes with it, and nobody hears their last words.
      const before = this.#open;
      if (before) before.endedUs = at;
      this.#begin(at);
    } else if (reason === "Killing" && message === STOPPING) {
      const instance = this.#open;
      if (instance) instance.killedUs ??= at;
    } else if (reason === "Failed" && message.startsWith(DIED)) {
      this.#die(at - TIMINGS.deathNoticedUs, message.slice(DIED.length));
    }
  }

  /** Without a reason: it had no time for last words. */
  #die(atUs: number, reason: string | undefined): void {
    const instance = this.#open ?? this.#begin(undefined);
    const diedUs = Math.max(atUs, instance.startedUs ?? 0);
    this.#tellBeats(instance, instance.beats?.until(diedUs) ?? []);
    if (instance.readyUs === undefined) {
      instance.lines.push(...this.#startLines(instance, diedUs, reason ?? ""));
    }
    if (reason !== undefined) instance.lines.push(...this.#lines("died", diedUs, { reason }));
    instance.endedUs = diedUs;
  }

  #takeWindow(window: EventOf<"window">): void {
    const instance = this.#open;
    if (!instance?.beats || !this.#server.isOwn(window)) return;
    this.#tellBeats(instance, instance.beats.take(window));
  }

  #tellBeats(instance: Instance, beats: readonly EngineStats[]): void {
    for (const stats of beats) {
      instance.lines.push(...this.#lines("every10s", stats.atUs, statsValues(stats)));
    }
  }

  #tellEndpoints(instance: Instance, untilUs: number): void {
    if (instance.tellsUs === undefined) return;
    for (; instance.tellsUs <= untilUs; instance.tellsUs += BEAT_US) {
      instance.lines.push(...this.#lines("every10s", instance.tellsUs));
    }
  }

  /** What a start has said by `untilUs`. One that failed was never initialised. */
  #startLines(instance: Instance, untilUs: number, failure?: string): LogLine[] {
    const { startedUs } = instance;
    if (startedUs === undefined) return [];
    const reached: [LogPhase, number, LogValues?][] = [["start", startedUs]];
    const { startup, values } = this.#server;
    if (startup) {
      const { importedUs, loadedUs, initialisedUs } = reachedUs(instance, startup, failure);
      reached.push(["imported", importedUs]);
      const took = ((loadedUs - importedUs) / 1e6).toFixed(2);
      const loading = values.loadSeconds === undefined ? {} : { loadSeconds: took };
      // Weights that are larger than the GPU end the load before it has said how long it took.
      if (!failure?.startsWith(OUT_OF_MEMORY)) reached.push(["loaded", loadedUs, loading]);
      if (failure === undefined) reached.push(["initialised", initialisedUs]);
    }
    return reached.filter(([, atUs]) => atUs <= untilUs)
      .flatMap(([phase, atUs, values]) => this.#lines(phase, atUs, values));
  }

  #lines(phase: LogPhase, atUs: number, values: LogValues = {}): LogLine[] {
    // Go's zap writes RFC 3339, Python's logging what vLLM tells it to.
    const own = this.#server.role === "scheduler"
      ? { endpoints: this.#endpoints(), time: virtualTimestamp(atUs) }
      : { time: logTime(atUs) };
    const all = { ...this.#server.values, ...values, ...own };
    return (this.#templates[phase] ?? []).flatMap((template) => {
      const text = fillTemplate(template, all);
      return text === undefined ? [] : [{ atUs, text }];
    });
  }

  #endpoints(): string {
    let ready = 0;
    for (const [key, pod] of this.#pods) if (key !== this.#key && isReady(pod)) ready++;
    return String(ready);
  }
}

/**
 * When each phase of a start ended: as the pod told it, else by the least that it takes. Who tells phases,
 * and lives, has not ended one before it tells the next.
 */
function reachedUs(
  { startedUs = 0, phases: told }: Instance,
  { phases }: PodStartup,
  failure: string | undefined,
) {
  const mayGuess = told.size === 0 || failure !== undefined;
  const end = (next: StartPhase, guessUs: number) =>
    told.get(next) ?? (mayGuess ? guessUs : Infinity);
  const importedUs = end("loading", startedUs + phases.importing);
  const loadedUs = end("initialising", importedUs + phases.loading);
  return { importedUs, loadedUs, initialisedUs: loadedUs + phases.initialising };
}

/** vLLM's own form of an instant: `01-01 00:04:38`. */
export function logTime(us: number): string {
  const text = virtualTimestamp(us);
  return `${text.slice(5, 10)} ${text.slice(11, 19)}`;
}

function statsValues(stats: EngineStats): LogValues {
  const { promptThroughput, generationThroughput, running, waiting, kvPpm, prefixHitPpm } = stats;
  return {
    ...(promptThroughput === undefined ? {} : { promptThroughput: promptThroughput.toFixed(1) }),
    generationThroughput: generationThroughput.toFixed(1),
    running: String(running),
    waiting: String(waiting),
    kvUsage: (kvPpm / 10_000).toFixed(1),
    ...(prefixHitPpm === undefined ? {} : { prefixHitRate: (prefixHitPpm / 10_000).toFixed(1) }),
  };
}

function isReady(pod: Json): boolean {
  return mainContainer(pod)?.ready ?? false;
}

function mainContainer(pod: Json) {
  return containerStatus(pod as unknown as KubeObject);
}
