// How a pod comes up on its node: what is fetched, then its container's phases as a table. Knows no engine.

import { type StartPhase, type StartupPlan, transferUs } from "../serving/startup.ts";
import { type Clock, PRIORITY } from "../sim/clock.ts";
import { formatDuration } from "../sim/duration.ts";
import { Interrupt, type Process, sleep } from "../sim/process.ts";
import { pullImage } from "./image_pull.ts";
import type { Node } from "./nodes.ts";
import { INIT_CONTAINER, type InitFacts, type Waiting } from "./pod_object.ts";
import type { Peers } from "./pod_template.ts";
import { type SupplyLines, transfer } from "./supply_lines.ts";

/** How one life of a pod ended. */
export type End =
  | { readonly kind: "died"; readonly reason: string }
  | { readonly kind: "terminate" }
  | { readonly kind: "unreachable" };

export function died(reason: string): End {
  return { kind: "died", reason };
}

/** What of a pod changes while it starts. */
export interface Progress {
  readonly waiting: Waiting;
  readonly waitingMessage: string | undefined;
  readonly init: InitFacts | undefined;
  /** The container's process runs since then, whether or not it answers. */
  readonly startedUs: number | undefined;
  readonly phase: StartPhase | undefined;
  readonly phaseUs: number;
}

/** Of a pod for which nothing was done yet. */
export function untouched({ downloadBytes }: StartupPlan): Progress {
  const downloads = downloadBytes > 0;
  return {
    waiting: downloads ? "PodInitializing" : "ContainerCreating",
    waitingMessage: undefined,
    init: downloads ? { state: "waiting" } : undefined,
    startedUs: undefined,
    phase: undefined,
    phaseUs: 0,
  };
}

/** A pod on its way up, as its node's kubelet has it. */
export interface Starting {
  readonly image: string;
  readonly plan: StartupPlan;
  readonly node: Node;
  readonly clock: Clock;
  readonly lines: SupplyLines;
  readonly init: InitFacts | undefined;
  /** Tells what changed. */
  show(change: Partial<Progress>): void;
  /** A Kubernetes Event of the kubelet about the pod. */
  event(type: "Normal" | "Warning", reason: string, message: string): void;
  /** The container was started. */
  started(): void;
  /** The server sees its GPUs: why it cannot start on them, where that shows without weights. */
  build(): string | undefined;
  /** Why it cannot start now that its weights are there. */
  loaded(): string | undefined;
  die(reason: string): void;
  readonly peers: Peers | undefined;
}

interface Step {
  readonly phase: StartPhase;
  readonly takes: (starting: Starting, startedUs: number) => Process;
  /** Why the server dies at the end of it, where it does. */
  readonly dies?: (starting: Starting) => string | undefined;
}

/** The container's phases, each after the one above it. */
const STEPS: readonly Step[] = [
  {
    phase: "importing",
    takes: importAndJoin,
    dies: (starting) => starting.build(),
  },
  { phase: "loading", takes: loadWeights, dies: (starting) => starting.loaded() },
  { phase: "initialising", takes: initialise },
];

/** From an assigned node to a server that answers; it dies with an `Interrupt` on the way. */
export function* startUp(starting: Starting): Process {
  yield* download(starting);
  yield* pullImages(starting);
  const { clock, plan } = starting;
  const startedUs = clock.nowUs;
  starting.started();
  starting.event("Normal", "Started", "Started container main");
  const kill = Number.isFinite(plan.budgetUs)
    // After all else of its instant: who is ready just then is not killed.
    ? clock.after(plan.budgetUs, () => giveUp(starting), PRIORITY.observer)
    : undefined;
  try {
    for (const { phase, takes, dies } of STEPS) {
      const begun = phase === "importing" ? { startedUs, ...RUNNING } : {};
      starting.show({ ...begun, phase, phaseUs: clock.nowUs });
      yield* takes(starting, startedUs);
      const reason = dies?.(starting);
      if (reason !== undefined) throw new Interrupt(died(reason));
    }
  } finally {
    if (kill !== undefined) clock.cancel(kill);
  }
}

const RUNNING = { waiting: undefined, waitingMessage: undefined } as const;

/** KServe's init container; what it has fetched stays with the pod when its container restarts. */
function* download({ plan, clock, lines, init, show, event }: Starting): Process {
  if (init === undefined || init.state === "done") return;
  const startedUs = clock.nowUs;
  event("Normal", "Started", `Started container ${INIT_CONTAINER}`);
  show({ init: { state: "running", startedUs } });
  yield* transfer(lines.hub, plan.downloadBytes);
  show({ init: { state: "done", startedUs, finishedUs: clock.nowUs } });
}

function* pullImages(starting: Starting): Process {
  const { image, plan, node, clock, lines } = starting;
  const { modelImage } = plan;
  const wanted = [
    { reference: image, bytes: plan.imageBytes, streamed: true },
    ...(modelImage ? [{ ...modelImage, streamed: false }] : []),
  ];
  for (const { reference, ...size } of wanted) {
    const present = node.images.has(reference);
    const pull = () => node.images.pull(reference, size, clock, lines);
    yield* pullImage({ reference, bytes: size.bytes, present, pull }, {
      get nowUs() {
        return clock.nowUs;
      },
      event: starting.event,
      waits: (waiting, waitingMessage) => starting.show({ waiting, waitingMessage }),
    });
  }
}

/** Engines that are one over several pods find each other before any of them loads anything. */
function* importAndJoin({ plan, peers }: Starting): Process {
  yield* sleep(plan.importUs);
  if (peers) yield* peers.join();
}

/** The slower of the claim, which others read too, and the way into the GPUs. */
function* loadWeights({ plan, clock, lines }: Starting): Process {
  const beganUs = clock.nowUs;
  const claim = plan.claim === undefined ? undefined : lines.claim(plan.claim);
  if (claim) yield* transfer(claim, plan.loadBytes);
  const us = transferUs(plan.loadBytes, lines.supply.load);
  yield* sleep(Math.max(0, beganUs + us - clock.nowUs));
}

/** The engine's own start, then until the probe asks the next time. */
function* initialise({ plan, clock }: Starting, startedUs: number): Process {
  yield* sleep(plan.initUs);
  const elapsedUs = clock.nowUs - startedUs;
  yield* sleep(Math.ceil(elapsedUs / plan.probeUs) * plan.probeUs - elapsedUs);
}

function giveUp({ plan, event, die }: Starting): void {
  event("Warning", "Unhealthy", "Startup probe failed: connection refused");
  event("Normal", "Killing", "Container main failed startup probe, will be restarted");
  die(`startup probe failed for ${formatDuration(plan.budgetUs)}`);
}
