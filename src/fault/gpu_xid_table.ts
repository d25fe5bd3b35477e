// NVIDIA's Xid numbers as data: what each does to processes and to the GPU, and what makes it good again.

/** What becomes of processes when it is logged. */
export type XidEffect =
  /** They go on. */
  | "none"
  /** The one that was hit dies, and its container starts anew. */
  | "own process"
  /** All on the GPU die. */
  | "all processes"
  /** Those that compute in a group wait for each other until one of them gives up; others go on. */
  | "stalls groups"
  /** All on the GPU answer nothing, not even a probe. */
  | "hangs all";

export interface XidFacts {
  /** NVIDIA's words. */
  readonly words: string;
  readonly effect: XidEffect;
  /** Whether a process that starts now could compute on it. */
  readonly computes: boolean;
  /** Whether the device plugin goes on offering it. */
  readonly offered: boolean;
  /** What remediation does with the node; `none`: nobody is called. */
  readonly repair: "none" | "reset" | "replacement";
}

/** An application's error: it is started anew, and the GPU is as it was. */
const application = {
  effect: "own process",
  computes: true,
  offered: true,
  repair: "none",
} as const;
/** Memory: a row is to be remapped at the next reset. */
const watched = { computes: true, offered: false, repair: "none" } as const;
const lost = { effect: "all processes", computes: false, offered: false } as const;

/**
 * Words and recovery: NVIDIA's Xid catalogue (docs.nvidia.com/deploy/xid-errors) and Modal's gpu-health.
 * Offered: of the numbers here NVIDIA's device plugin ignores 13, 31 and 43 as errors of applications, any
 * other makes the GPU unhealthy until the plugin is started anew (k8s-device-plugin, internal/rm/health.go).
 */
export const XIDS: Readonly<Record<number, XidFacts>> = {
  13: { words: "graphics engine exception", ...application },
  31: { words: "GPU memory page fault", ...application },
  43: { words: "GPU stopped processing", ...application },
  48: { words: "double-bit ECC error", ...lost, repair: "reset" },
  63: { words: "row remapping recorded, pending until a reset", effect: "none", ...watched },
  64: { words: "row remapping failed", ...lost, repair: "replacement" },
  74: {
    ...{ words: "NVLink error", effect: "stalls groups" },
    ...{ computes: false, offered: false, repair: "reset" },
  },
  79: { words: "GPU has fallen off the bus", ...lost, repair: "replacement" },
  92: { words: "high single-bit ECC error rate", effect: "none", ...watched },
  94: { words: "contained ECC error", effect: "own process", ...watched },
  95: { words: "uncontained ECC error", ...lost, repair: "reset" },
  119: {
    ...{ words: "GSP RPC timeout", effect: "hangs all" },
    ...{ computes: false, offered: false, repair: "reset" },
  },
};

/**
 * How long ranks wait for one that does not come, in µs: vLLM's executor gives a step up after 300 s
 * (`VLLM_EXECUTE_MODEL_TIMEOUT_SECONDS`), before torch's NCCL watchdog would after 600 s. Until then the
 * API server, another process, answers its probes.
 */
export const STALLED_GROUP_US = 300_000_000;

/** `13, 31, 43`. */
export const XID_NUMBERS = Object.keys(XIDS).join(", ");
