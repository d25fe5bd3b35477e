// What a live screen looks at: a state that can be moved on in virtual time. A port; `cli` fills it.

import type { FleetState } from "../view/frame.ts";

export interface LiveSource {
  readonly state: FleetState;
  /** Virtual time, µs. */
  readonly nowUs: number;
  /** Nothing more will happen. */
  readonly ended: boolean;
  /** What it is: `mock`, `scenario canary-failure`, `log run.jsonl`. */
  readonly label: string;
  /**
   * Goes on to `untilUs`, or to its end if that comes first. Stops early, with nothing lost, when
   * `pause` says so; true when it got there.
   */
  advance(untilUs: number, pause?: () => boolean): boolean | Promise<boolean>;
}
