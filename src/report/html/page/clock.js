// The instant that a page shows: who wants to know is told when it changes.

import { indexAfter, indexAt, instantsOf } from "./instant.js";

export class Clock {
  #listeners = [];
  #index = 0;

  constructor(data) {
    this.instants = instantsOf(data);
    this.endUs = data.endUs;
  }

  get index() {
    return this.#index;
  }

  get atUs() {
    return this.instants[this.#index];
  }

  get last() {
    return this.instants.length - 1;
  }

  onChange(listener) {
    this.#listeners.push(listener);
    listener();
  }

  show(index) {
    const wanted = Math.min(this.last, Math.max(0, Math.round(index)));
    if (wanted === this.#index) return;
    this.#index = wanted;
    for (const listener of this.#listeners) listener();
  }

  /** The instant nearest before a time that was pointed at. */
  showAt(us) {
    this.show(indexAt(this.instants, us));
  }

  /** The first instant that knows of what happened at a time. */
  showAfter(us) {
    this.show(indexAfter(this.instants, us));
  }
}
