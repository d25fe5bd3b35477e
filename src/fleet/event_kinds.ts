// The kinds of events by name, for who must not wait for the schemas. Knows nothing of what is in them.

/** In the order of the table in `events.ts`. */
export const EVENT_KINDS = [
  "run.started",
  "object.applied",
  "object.deleted",
  "event",
  "window",
  "request",
  "weight",
  "step",
  "measurement",
  "phase",
  "fault",
  "scale",
  "action",
  "verdict",
  "run.ended",
] as const;

export type EventKind = (typeof EVENT_KINDS)[number];
