// What a live screen looks at: a state that can be moved on in virtual time. A port; `cli` fills it.

import type { FleetState } from "../view/frame.ts";
import type { Act } from "../view/rollout_rows.ts";

/** What somebody can do in a source, about rollouts and faults by their ids. */
export interface SourceHand {
  /** What would do something now. */
  possible(rollout: string): readonly Act[];
  /** Does it, or does not: what there is to say of that, in a sentence. */
  act(rollout: string, act: Act): string;
  /** Faults of the scenario that can begin now, before their time. */
  faults(): readonly string[];
  /** Begins one of them; says what `act` says. */
  begin(fault: string): string;
}

export interface LiveSource {
  readonly state: FleetState;
  /** Virtual time, µs. */
  readonly nowUs: number;
  /** Nothing more will happen. */
  readonly ended: boolean;
  /** What it is: `mock`, `scenario canary-failure`, `log run.jsonl`. */
  readonly label: string;
  /** Absent where nothing can be done about anything. */
  readonly hand?: SourceHand;
  /**
   * Goes on to `untilUs`, or to its end if that comes first. Stops early, with nothing lost, when
   * `pause` says so; true when it got there.
   */
  advance(untilUs: number, pause?: () => boolean): boolean | Promise<boolean>;
}
