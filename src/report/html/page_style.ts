// The style sheet of a report's page as one text: uPlot's, then the page's own.

import uplot from "uplot/dist/uPlot.min.css" with { type: "text" };
import base from "./page/style/base.css" with { type: "text" };
import charts from "./page/style/charts.css" with { type: "text" };
import head from "./page/style/head.css" with { type: "text" };
import now from "./page/style/now.css" with { type: "text" };
import player from "./page/style/player.css" with { type: "text" };
import small from "./page/style/small.css" with { type: "text" };
import tables from "./page/style/tables.css" with { type: "text" };
import timeline from "./page/style/timeline.css" with { type: "text" };

export function pageStyle(): string {
  // What a narrow screen or paper wants goes before all else.
  return [uplot, base, head, player, timeline, now, charts, tables, small].join("\n");
}
