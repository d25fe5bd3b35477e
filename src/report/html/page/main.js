// A report's page comes alive: reads its data and puts the parts together around one clock.

import { addCharts } from "./charts.js";
import { Clock } from "./clock.js";
import { byId } from "./dom.js";
import { addNow } from "./now.js";
import { addPlayer } from "./player.js";
import { addTimeline } from "./timeline.js";

export function main() {
  const data = JSON.parse(byId("data").textContent);
  const clock = new Clock(data);
  // As `mtop replay` does without --at.
  clock.show(clock.last);
  addTimeline(clock, data);
  addPlayer(clock, data);
  addNow(clock, data);
  addCharts(clock, data);
  for (const button of document.querySelectorAll(".jump")) {
    button.addEventListener("click", () => clock.showAfter(Number(button.dataset.at)));
  }
  document.documentElement.dataset.ready = "true";
}
