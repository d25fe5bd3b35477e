// What people can do about a rollout, by name: as a scenario, an `action` event and a key of the screen say it.

export const ACTS = [
  "promote",
  "promoteFull",
  "abort",
  "retry",
  "pauseRollout",
  "resume",
  "undo",
] as const;
export type Act = (typeof ACTS)[number];

const WORDS: Readonly<Record<Act, string>> = {
  promote: "promote",
  promoteFull: "promote in full",
  abort: "abort",
  retry: "retry",
  pauseRollout: "pause",
  resume: "resume",
  undo: "undo",
};

/** `promote in full`. */
export function actWords(act: Act): string {
  return WORDS[act];
}

const DONE: Readonly<Record<Act, string>> = {
  promote: "promoted",
  promoteFull: "fully promoted",
  abort: "aborted",
  retry: "retried",
  pauseRollout: "paused",
  resume: "resumed",
  undo: "undone",
};

/** `rollout 'chat' fully promoted`, as `kubectl argo rollouts` has it. */
export function actDone(act: Act, service: string): string {
  return `rollout '${service}' ${DONE[act]}`;
}
