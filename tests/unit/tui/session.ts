// The live table as a user sees it, over a source and a screen without anything behind them.

import { DEFAULTS } from "../../../src/cli/settings.ts";
import { sortBy } from "../../../src/tui/controls.ts";
import { type LiveEnd, liveTable } from "../../../src/tui/live_table.ts";
import { findColumn } from "../../../src/view/columns.ts";
import { PLAIN } from "../../../src/view/theme.ts";
import { FakeScreen, FakeSource } from "./fake_source.ts";

export interface Session {
  readonly screen: FakeScreen;
  readonly source: FakeSource;
  readonly ended: Promise<LiveEnd>;
}

/** Opens the live table as a user sees it, and makes sure that it ends. */
export async function session(
  test: (session: Session) => Promise<void>,
  { source = new FakeSource(), refreshMs = 20, speed = 100 } = {},
): Promise<LiveEnd> {
  const screen = new FakeScreen();
  const ended = liveTable(source, screen, {
    controls: {
      sort: sortBy(findColumn("name")!),
      scroll: 0,
      paused: false,
      speed,
      help: false,
      stepUs: 0,
    },
    refreshMs,
    frame: {
      theme: PLAIN,
      columns: DEFAULTS.columns.map((head) => findColumn(head)!),
      more: true,
      thresholds: DEFAULTS.thresholds,
      rows: {},
    },
  });
  await test({ screen, source, ended });
  screen.user.typed("q");
  return await ended;
}
