// The seconds that windows tell of pods: the last of a run may be told twice, and its pods held things once.

import type { WindowEvent } from "./state.ts";

/** Of windows of revisions, each revision's in their order, one a second: its last, which knows most. */
export function lastOfEachSecond(windows: readonly WindowEvent[]): WindowEvent[] {
  return windows.filter(({ at, service, revision }, index) => {
    const next = windows[index + 1];
    return next?.at !== at || next.service !== service || next.revision !== revision;
  });
}
