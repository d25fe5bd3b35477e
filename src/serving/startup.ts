// From a scheduled pod to a server that answers: its phases, what each moves, and how fast that goes.

/** How fast a cluster brings images and weights; bytes per second, whole numbers. */
export interface Supply {
  /** The registry to all nodes that pull from it at once. */
  readonly registry: number;
  /** One node's pull of an image, unpacking included. */
  readonly pull: number;
  /** The model hub to all pods that download at once. */
  readonly hub: number;
  /** One pod's download. */
  readonly download: number;
  /** One pod's weights from its disk into its GPUs. */
  readonly load: number;
  /** All pods together that read one claim; absent: it never is what they wait for. */
  readonly volume?: number;
  /** Containers start on images whose layers come when they are read (GKE Image streaming). */
  readonly imageStreaming?: boolean;
}

/** What a pod fetches and waits for; the same for all pods of a workload. */
export interface StartupPlan {
  /** Of its container `main`; 0 is an image that needs no time. */
  readonly imageBytes: number;
  /** What KServe's init container fetches before: weights and adapters from the hub or a bucket. */
  readonly downloadBytes: number;
  /** The image that holds the model, where one does (`oci://`). */
  readonly modelImage?: { readonly reference: string; readonly bytes: number };
  readonly importUs: number;
  /** Weights that go into the GPUs. */
  readonly loadBytes: number;
  /** The claim they are read from, where the model is on one (`pvc://`). */
  readonly claim?: string;
  readonly initUs: number;
  /** A startup probe asks so often: readiness comes on such a beat after the container's start. */
  readonly probeUs: number;
  /** The probe's patience: a container that is not ready by then is killed and started again. */
  readonly budgetUs: number;
  /** A readiness probe does not ask before; absent: it asks from the start on. */
  readonly readinessDelayUs?: number;
}

/** What the container `main` does from its start on, in this order. */
export const START_PHASES = ["importing", "loading", "initialising"] as const;
export type StartPhase = typeof START_PHASES[number];

/** How long each phase takes, in µs. */
export interface StartupPhases extends Readonly<Record<StartPhase, number>> {
  readonly downloading: number;
  readonly pulling: number;
}

/** How often a startup probe asks, and how often it may fail. */
export interface StartupProbe {
  readonly periodSeconds: number;
  readonly failureThreshold: number;
}

const SECOND = 1_000_000;

/**
 * One cold start (Qwen3-32B, one H100, vLLM 0.26; llm-d guides 005cf57, gke-pod-snapshots): the image of
 * 8.91 GB is pulled in 69 s, with image streaming in 1.8 s; Python and CUDA imports 73 s; 61.03 GiB
 * of weights are fetched and loaded in 130 s, of which 43.4 s from the file into the GPU; engine init
 * (profile, KV cache, CUDA graphs, warm-up) 73 s, of which the graphs 9 s. 278 s in all with streaming.
 */
export const COLD_START = {
  imageBytes: 8_910_000_000,
  pullS: 69,
  streamingPullS: 1.8,
  importS: 73,
  weightGiB: 61.03,
  fetchAndLoadS: 130,
  loadS: 43.4,
  initS: 73,
  graphsS: 9,
} as const;

/**
 * What all nodes share on their way out of the cluster, where nothing else is known: 100 Gbit/s, up to
 * which one NAT gateway scales (Amazon VPC user guide, "NAT gateway basics").
 */
const GATEWAY = 12_500_000_000;

function perSecond(bytes: number, seconds: number): number {
  return Math.ceil(bytes / seconds);
}

const WEIGHT_BYTES = COLD_START.weightGiB * 2 ** 30;

/**
 * One pod or node alone gets what was measured; what is between the cluster and the world is shared. The
 * GPUs of a pod load from one disk: whether shards in parallel are faster was not measured, so the whole
 * checkpoint goes at the measured rate.
 */
export const DEFAULT_SUPPLY: Supply = {
  registry: GATEWAY,
  pull: perSecond(COLD_START.imageBytes, COLD_START.pullS),
  hub: GATEWAY,
  download: perSecond(WEIGHT_BYTES, COLD_START.fetchAndLoadS - COLD_START.loadS),
  load: perSecond(WEIGHT_BYTES, COLD_START.loadS),
};

/** KServe's of `main`: every 10 s, 60 times (kserve aaac4e2, config-llm-template). */
const PROBE: StartupProbe = { periodSeconds: 10, failureThreshold: 60 };

/** Where the weights come from and what else a start depends on. */
export interface StartupOptions {
  readonly probe?: StartupProbe | undefined;
  /** `hub`, the default, is everything that an init container downloads. */
  readonly source?: ModelSource;
  /** Pods that hold the model together: each fetches all of it and loads its part. */
  readonly pods?: number;
  /** That part, from 0 to 1; absent: they share all of it out evenly. */
  readonly loadShare?: number;
  /** LoRA adapters, which are fetched with the model or, where that is elsewhere, on their own. */
  readonly adapterBytes?: number;
  /** `--enforce-eager`: no CUDA graphs are captured. */
  readonly eager?: boolean;
}

export type ModelSource =
  | { readonly kind: "hub" }
  | { readonly kind: "volume"; readonly claim: string }
  | { readonly kind: "image"; readonly reference: string };

/**
 * The start of a pod that loads so many bytes of weights. Imports and engine init take as long as they
 * were measured, whatever the model: how they grow is not known. Images that nobody measured are as
 * large as the one that was.
 */
export function startupOf(
  bytes: number,
  options: StartupOptions = {},
): StartupPlan {
  const { probe = PROBE, source = { kind: "hub" }, pods = 1, adapterBytes = 0, eager } = options;
  const { loadShare = 1 / pods } = options;
  return {
    imageBytes: COLD_START.imageBytes,
    downloadBytes: Math.ceil((source.kind === "hub" ? bytes : 0) + adapterBytes),
    ...(source.kind === "image"
      ? { modelImage: { reference: source.reference, bytes: Math.ceil(bytes) } }
      : {}),
    importUs: COLD_START.importS * SECOND,
    loadBytes: Math.ceil(bytes * loadShare),
    ...(source.kind === "volume" ? { claim: source.claim } : {}),
    initUs: (COLD_START.initS - (eager ? COLD_START.graphsS : 0)) * SECOND,
    probeUs: probe.periodSeconds * SECOND,
    budgetUs: probe.periodSeconds * probe.failureThreshold * SECOND,
  };
}

/**
 * The endpoint picker: nothing to load; its readiness probe waits 30 s (kserve aaac4e2, preset of the
 * scheduler), no startup probe asks. Its image is small beside a model server's: assumed to be there at once.
 */
export const SCHEDULER_STARTUP: StartupPlan = {
  imageBytes: 0,
  downloadBytes: 0,
  importUs: 0,
  loadBytes: 0,
  initUs: 0,
  probeUs: SECOND,
  budgetUs: Infinity,
  readinessDelayUs: 30 * SECOND,
};

/** µs that so many bytes take at so many a second, rounded up. */
export function transferUs(bytes: number, bytesPerSecond: number): number {
  return Math.ceil(bytes / (bytesPerSecond / 1e9 * 1000));
}

/** The phases of a pod that shares nothing with others: the least that each takes. */
export function phasesAlone(plan: StartupPlan, supply: Supply = DEFAULT_SUPPLY): StartupPhases {
  const { imageBytes, modelImage, downloadBytes, importUs, loadBytes, claim, initUs } = plan;
  const fromClaim = claim === undefined ? Infinity : supply.volume ?? Infinity;
  return {
    downloading: transferUs(downloadBytes, Math.min(supply.download, supply.hub)),
    pulling: pullUs(imageBytes, supply) + transferUs(modelImage?.bytes ?? 0, pullRate(supply)),
    importing: importUs,
    loading: transferUs(loadBytes, Math.min(supply.load, fromClaim)),
    initialising: initUs,
  };
}

/** A server's image alone. A model's image is read whole at once: streaming it gains nothing. */
function pullUs(bytes: number, supply: Supply): number {
  return supply.imageStreaming && bytes > 0
    ? COLD_START.streamingPullS * SECOND
    : transferUs(bytes, pullRate(supply));
}

function pullRate({ registry, pull }: Supply): number {
  return Math.min(registry, pull);
}

/** From the container's start to its readiness, if the probe's budget allows it. */
export function readyAfterUs(phases: StartupPhases, plan: StartupPlan): number {
  return probedAfterUs(START_PHASES.reduce((sum, phase) => sum + phases[phase], 0), plan);
}

/** When probes see a server that answers so long after its container's start. */
export function probedAfterUs(
  answersUs: number,
  { probeUs, readinessDelayUs = 0 }: StartupPlan,
): number {
  return Math.max(Math.ceil(answersUs / probeUs) * probeUs, readinessDelayUs);
}
