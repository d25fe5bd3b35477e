// What a client is told when the endpoint picker does not pass its request on.

/** Values of `x-llm-d-request-dropped-reason`, and two of ours where upstream sends none. */
export const REJECTION_REASONS = [
  "rejected-no-endpoints",
  "rejected-saturated",
  "rejected-ttl-expired",
  "rejected-context-cancelled",
  "rejected-shutting-down",
  /** A negative objective on a saturated pool: 429 without a reason in the header. */
  "sheddable",
  /** The picker does not answer and the pool's failureMode is FailClose: the gateway's own error. */
  "picker-unavailable",
] as const;

export type RejectionReason = (typeof REJECTION_REASONS)[number];

export interface Rejection {
  readonly status: 429 | 500 | 503;
  readonly reason: RejectionReason;
}

function rejection(status: Rejection["status"], reason: RejectionReason): Rejection {
  return { status, reason };
}

/** By case, as llm-d-router answers. */
export const REJECTIONS = {
  noEndpoints: rejection(503, "rejected-no-endpoints"),
  filteredOut: rejection(429, "rejected-saturated"),
  shed: rejection(429, "sheddable"),
  queueFull: rejection(429, "rejected-saturated"),
  expired: rejection(429, "rejected-ttl-expired"),
  expiredWithoutEndpoints: rejection(503, "rejected-no-endpoints"),
  clientGone: rejection(503, "rejected-context-cancelled"),
  shuttingDown: rejection(503, "rejected-shutting-down"),
  // Envoy's answer when the stream to an external processor fails (`external_processor.proto`).
  pickerUnavailable: rejection(500, "picker-unavailable"),
} as const;
