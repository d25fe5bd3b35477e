// What is shown of the scrubber's instant: rollouts and weights, faults in force, and the pods.

import { formatInstant, UNKNOWN } from "../../../view/format.ts";
import { byId, make, seriesColor } from "./dom.js";
import { faultsAt, podsAt, rolloutsAt, stepPlace, weightsAt } from "./instant.js";

/** Rows that a browser lays out while time passes; a filter finds the others. */
const MOST_ROWS = 200;

export function addNow(clock, data) {
  const filter = byId("filter");
  filter.hidden = data.pods.length <= 12;
  // A run without either has no use for panels that say so at every instant.
  byId("changes").hidden = data.rollouts.length === 0 && data.faults.length === 0;
  const show = () => {
    for (const place of document.querySelectorAll(".at")) {
      place.textContent = formatInstant(clock.atUs);
    }
    byId("rollouts").replaceChildren(...rolloutEntries(data, clock.atUs));
    byId("faults").replaceChildren(...faultEntries(data, clock.atUs));
    showPods(podsAt(data.pods, clock.index), filter.value.trim().toLowerCase());
  };
  filter.addEventListener("input", show);
  clock.onChange(show);
}

function rolloutEntries(data, atUs) {
  const rollouts = rolloutsAt(data.rollouts, atUs);
  const entries = rollouts.map((rollout) => {
    const { id, service, step, about, phase, message } = rollout;
    const place = step < 0 ? about : `${stepPlace(rollout)} (${about})`;
    return make(
      "div",
      { class: "entry" },
      make("p", {}, make("span", { class: `phase p-${phase.toLowerCase()}` }, phase), `, ${place}`),
      make("p", { class: "quiet" }, message === "" ? `${id} of ${service}` : message),
      weightsOf(data, service, atUs),
    );
  });
  return entries.length > 0 ? entries : [make("p", { class: "quiet" }, "No rollout has begun.")];
}

/** The route's weights as a bar, and in figures beside each revision's colour. */
function weightsOf(data, service, atUs) {
  const { revisions = [] } = data.services.find(({ name }) => name === service) ?? {};
  const weights = Object.entries(weightsAt(data.weights, service, atUs)).map(([name, weight]) => ({
    ...{ name, weight },
    index: Math.max(0, revisions.findIndex((one) => one.name === name)),
  }));
  const bar = weights.filter(({ weight }) => weight > 0).map(({ weight, index }) => {
    const part = make("i");
    part.style.flexGrow = String(weight);
    part.style.background = seriesColor(index);
    return part;
  });
  const keys = weights.map(({ name, weight, index }) =>
    make("span", {}, swatch(index), `${name} ${weight}`)
  );
  return make(
    "div",
    {},
    make("div", { class: "weights", "aria-hidden": "true" }, bar),
    make("div", { class: "keys number" }, keys),
  );
}

export function swatch(index) {
  const element = make("i", { class: "swatch", "aria-hidden": "true" });
  element.style.background = seriesColor(index);
  return element;
}

function faultEntries({ faults }, atUs) {
  const entries = faultsAt(faults, atUs).map(({ id, beganAt, message, targets }) =>
    make(
      "div",
      { class: "entry" },
      make(
        "p",
        {},
        make("span", { class: "phase s-fault" }, id),
        ` since ${formatInstant(beganAt)}`,
      ),
      make("p", {}, message),
      targets.map((target) => make("p", { class: "mono quiet" }, target)),
    )
  );
  return entries.length > 0 ? entries : [make("p", { class: "quiet" }, "None is in force.")];
}

function showPods(pods, wanted) {
  const found = wanted === ""
    ? pods
    : pods.filter(({ name, node, status }) =>
      [name, node ?? "", status].some((text) => text.toLowerCase().includes(wanted))
    );
  const shown = found.slice(0, MOST_ROWS);
  byId("pods").replaceChildren(...shown.map(podRow));
  // What scrolls is to be reached by keys as well.
  const box = byId("pods-box");
  if (box.scrollHeight > box.clientHeight + 1) box.tabIndex = 0;
  else box.removeAttribute("tabindex");
  const left = found.length - shown.length;
  byId("pods-more").textContent = left > 0
    ? `${left} more: filter by name, node or status to see them.`
    : found.length > 0
    ? ""
    : pods.length > 0
    ? "No pod matches."
    : "There is no pod.";
}

function podRow({ name, ready, status, node, running, waiting, kv }) {
  const cell = (head, kind, ...content) =>
    make("td", { role: "cell", class: kind, "data-head": head }, ...content);
  const figure = (value) => value === null || value === undefined ? UNKNOWN : String(value);
  const percent = make(
    "span",
    { class: "level" },
    kv === null || kv === undefined ? UNKNOWN : `${kv}%`,
  );
  const level = make("i");
  level.style.width = `${kv ?? 0}%`;
  const gauge = make("span", { class: "gauge", "aria-hidden": "true" }, level);
  return make(
    "tr",
    { role: "row" },
    cell(undefined, "mono wide", name),
    cell(undefined, ready ? "pass" : "fail", ready ? "1/1" : "0/1"),
    cell(undefined, "short", status),
    cell(undefined, "short", node ?? UNKNOWN),
    cell("running", "number", figure(running)),
    cell("waiting", "number", figure(waiting)),
    cell("kv", "number", gauge, percent),
  );
}
