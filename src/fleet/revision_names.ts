// What the revisions of a service are called, by the rollout that makes them.

/** The one that is there. */
export const STABLE = "stable";
export const CANARY = "canary";
/** The new revision of a blue-green rollout, as Argo's previewService shows it. */
export const PREVIEW = "preview";
/** A revision that gets copies of requests only. */
export const SHADOW = "shadow";
