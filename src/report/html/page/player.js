// The scrubber: a slider over the instants, a button that lets time pass, and keys for both.

import { formatInstant } from "../../../view/format.ts";
import { byId, make, percentOf } from "./dom.js";
import { onKeys } from "./keys.js";

/** Times real time; the slowest that shows the run within half a minute is chosen first. */
const SPEEDS = [1, 10, 30, 60, 120, 300, 600, 1_800, 3_600, 36_000, 360_000];
const SHOWN_SECONDS = 30;

export function addPlayer(clock, data) {
  const slider = byId("slider");
  slider.max = String(clock.last);
  slider.addEventListener("input", () => {
    stop();
    clock.show(Number(slider.value));
  });
  const play = byId("play");
  const speed = byId("speed");
  addSpeeds(speed, data.endUs);
  let playedUs;
  let lastMs;
  const frame = (nowMs) => {
    if (playedUs === undefined) return;
    playedUs += (nowMs - (lastMs ?? nowMs)) * 1000 * Number(speed.value);
    lastMs = nowMs;
    clock.showAt(playedUs);
    if (playedUs >= clock.endUs) stop();
    else requestAnimationFrame(frame);
  };
  function start() {
    playedUs = clock.index === clock.last ? 0 : clock.atUs;
    lastMs = undefined;
    play.setAttribute("aria-pressed", "true");
    requestAnimationFrame(frame);
  }
  function stop() {
    playedUs = undefined;
    play.setAttribute("aria-pressed", "false");
  }
  play.addEventListener("click", () => playedUs === undefined ? start() : stop());
  clock.onChange(() => {
    slider.value = String(clock.index);
    slider.setAttribute("aria-valuetext", formatInstant(clock.atUs));
    byId("clock").textContent = formatInstant(clock.atUs);
    byId("lanes").style.setProperty("--at", String(clock.endUs > 0 ? clock.atUs / clock.endUs : 0));
  });
  addAddress(clock);
  addKeys(clock, () => play.click(), stop, data.story.map(({ at }) => at));
  fillStrip(data);
}

/** `report.html#t=905` opens at 15m05s: an instant can be sent to somebody, in seconds. */
function addAddress(clock) {
  const go = () => {
    const [, seconds] = /^#t=([0-9.]+)$/.exec(document.location.hash) ?? [];
    if (seconds !== undefined) clock.showAt(Number(seconds) * 1e6);
  };
  go();
  addEventListener("hashchange", go);
  // When time stands, not sixty times a second.
  addEventListener("change", ({ target }) => {
    if (target.id === "slider") history.replaceState(null, "", `#t=${clock.atUs / 1e6}`);
  });
}

function addSpeeds(select, endUs) {
  const wanted = SPEEDS.find((speed) => endUs / 1e6 / speed <= SHOWN_SECONDS) ?? SPEEDS.at(-1);
  for (const speed of SPEEDS.filter((one) => one <= wanted * 12)) {
    select.append(make("option", { value: speed, selected: speed === wanted }, `${speed}×`));
  }
}

/** What is under the slider: when faults were in force and objectives breached. */
function fillStrip({ faults, breaches, endUs }) {
  const strip = byId("strip");
  const add = (fromUs, toUs, kind) => {
    const mark = make("i", { class: kind });
    mark.style.left = percentOf(fromUs, endUs);
    mark.style.width = percentOf(toUs - fromUs, endUs);
    strip.append(mark);
  };
  for (const { spans } of breaches) {
    for (const [fromUs, toUs] of spans) add(fromUs, toUs, "breach");
  }
  // A lasting fault shows where it began: nobody needs half a strip in red.
  for (const { beganAt, endedAt } of faults) add(beganAt, endedAt ?? beganAt, "fault");
}

function addKeys(clock, toggle, stop, happenings) {
  const move = (by) => {
    stop();
    clock.show(clock.index + by);
  };
  const next = () => happenings.find((at) => at > clock.atUs);
  const before = () => happenings.findLast((at) => at < clock.instants[clock.index - 1]);
  onKeys({
    " ": toggle,
    ".": () => move(1),
    ",": () => move(-1),
    n: () => clock.showAfter(next() ?? clock.endUs),
    p: () => clock.showAfter(before() ?? 0),
  });
}
