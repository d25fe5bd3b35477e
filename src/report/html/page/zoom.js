// The part of the run that all charts show: chosen by dragging in one, by keys, and left by a button.

import { byId } from "./dom.js";
import { onKeys } from "./keys.js";

/** A narrower drag was a click. */
const LEAST_PIXELS = 4;
const LEAST_SECONDS = 2;

export class Zoom {
  #plots;
  #endS;

  /** `plots` gives those that are there now. */
  constructor(plots, clock) {
    this.#plots = plots;
    this.#endS = clock.endUs / 1e6;
    byId("unzoom").addEventListener("click", () => this.leave());
    onKeys({
      "+": () => this.#around(clock.atUs / 1e6, 0.5),
      "-": () => this.#around(clock.atUs / 1e6, 2),
      "0": () => this.leave(),
    });
  }

  leave() {
    this.#show(0, this.#endS);
  }

  /** What was dragged over in a chart becomes what all of them show. */
  select(plot) {
    const { left, width } = plot.select;
    if (width < LEAST_PIXELS) return;
    const [fromS, toS] = [plot.posToVal(left, "x"), plot.posToVal(left + width, "x")];
    plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
    this.#show(fromS, toS);
  }

  #around(atS, factor) {
    const [{ scales: { x } } = { scales: { x: { min: 0, max: this.#endS } } }] = this.#plots();
    const width = Math.max(LEAST_SECONDS, (x.max - x.min) * factor);
    const fromS = Math.min(Math.max(0, atS - width / 2), Math.max(0, this.#endS - width));
    this.#show(fromS, Math.min(this.#endS, fromS + width));
  }

  #show(min, max) {
    for (const plot of this.#plots()) plot.setScale("x", { min, max });
    byId("unzoom").hidden = min <= 0 && max >= this.#endS;
  }
}
