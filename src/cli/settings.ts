// The settings of the program and their defaults: plain data. Every command loads it: no parser here.

export const MODES = ["mock", "live"] as const;
export const COLORS = ["auto", "always", "never"] as const;
export const LOG_FORMATS = ["text", "json"] as const;
/** From none to all; each includes those before it. */
export const LOG_LEVELS = ["silent", "error", "warn", "info", "debug"] as const;

export type Mode = typeof MODES[number];
export type ColorChoice = typeof COLORS[number];
export type LogFormat = typeof LOG_FORMATS[number];
export type LogLevel = typeof LOG_LEVELS[number];

/** Fractions from which on a value is marked: 0.7 is 70 %. */
export interface ThresholdSettings {
  readonly warn: number;
  readonly critical: number;
}

/** Flag over environment over file over default. Durations are µs; a key of the file has no unit. */
export interface Settings {
  readonly mode: Mode;
  /** A folder of manifests; without it the ones that mtop brings. */
  readonly mocks?: string;
  readonly namespace: string;
  readonly color: ColorChoice;
  /** What `top` shows, by head, from the left. */
  readonly columns: readonly string[];
  /** Wall µs from one frame of `top` to the next. */
  readonly refreshUs: number;
  readonly thresholds: {
    /** Of the KV cache's blocks. */
    readonly kvCacheUsage: ThresholdSettings;
    /** Of the requests that ended. */
    readonly errorRate: ThresholdSettings;
    /** Of a latency's objective, where there is one. */
    readonly slo: ThresholdSettings;
    /** Waiting requests, of the running ones; marked above it, not at it. */
    readonly waiting: ThresholdSettings;
  };
  /** For services that have none of their own; an objective that is not set is not judged. */
  readonly slo: {
    readonly ttftP95Us?: number;
    readonly itlP95Us?: number;
    readonly e2eP95Us?: number;
  };
  /** USD a GPU and hour, by the GPU's name; a GPU that is not here has no known price. */
  readonly gpuPrices: Readonly<Record<string, number>>;
  readonly log: LogFormat;
  readonly logLevel: LogLevel;
}

/** No SLO and no price: what is promised and paid differs by user, and would be made up. */
export const DEFAULTS: Settings = {
  mode: "mock",
  namespace: "default",
  color: "auto",
  columns: ["NAME", "STATE", "READY", "RPS", "TTFTp95", "ITLp95", "KV%", "WAIT", "ERR%"],
  refreshUs: 1_000_000,
  thresholds: {
    kvCacheUsage: { warn: 0.7, critical: 0.9 },
    errorRate: { warn: 0.01, critical: 0.05 },
    slo: { warn: 0.8, critical: 1 },
    waiting: { warn: 0, critical: 1 },
  },
  slo: {},
  gpuPrices: {},
  log: "text",
  logLevel: "warn",
};
