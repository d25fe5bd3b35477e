// What `top` shows, once it is opened.

import type { LiveSource } from "../tui/source.ts";
import type { SloLimits } from "../view/thresholds.ts";

/** A source, and the objectives of its services where it knows them. */
export interface OpenedSource {
  readonly source: LiveSource;
  readonly slos: Readonly<Record<string, SloLimits>>;
  /** It comes to an end by itself. */
  readonly finite: boolean;
  /** What is to be said when it came to its end. */
  readonly warning?: () => string | undefined;
}
