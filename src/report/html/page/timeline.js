// The lanes of the timeline: rollouts, checks, faults, breaches, warnings. Each is told in the events, too.

import { formatInstant, formatUs } from "../../../view/format.ts";
import { byId, make, percentOf } from "./dom.js";
import { stepPlace } from "./instant.js";

/** More lanes of a kind are no picture any more: they share one. */
const MOST_LANES = 8;
/** Ticks on a wide axis. */
const MOST_TICKS = 9;
const TICK_SECONDS = [
  ...[1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800],
  ...[3_600, 7_200, 14_400, 21_600, 43_200, 86_400, 172_800, 604_800],
];

export function addTimeline(clock, data) {
  const lanes = byId("lanes");
  const { endUs } = data;
  const lane = (name, marks) => {
    const track = make("div", { class: "track" }, marks, make("i", { class: "head-line" }));
    track.addEventListener("click", (event) => {
      const { left, width } = track.getBoundingClientRect();
      clock.showAt((event.clientX - left) / width * endUs);
    });
    lanes.append(
      make("div", { class: "lane" }, make("div", { class: "lane-name", title: name }, name), track),
    );
  };
  const told = lanesOf(data);
  byId("timeline").hidden = told.length === 0;
  lanes.append(axis(endUs));
  for (const { name, marks } of told) lane(name, marks);
  lanes.setAttribute("aria-label", `Timeline. ${told.map(spoken).join(". ")}`);
}

/** A lane for those who do not see it; the list of events has the times. */
function spoken({ name, marks }) {
  const failed = marks.filter((mark) => mark.matches(".p-failed")).length;
  return `${name}: ${marks.length}${failed > 0 ? `, ${failed} failed` : ""}`;
}

function lanesOf(data) {
  const { endUs, rollouts, measurements, faults, breaches, story } = data;
  const warnings = story.filter(({ type }) => type === "warning");
  const lane = (name, marks) => ({ name, marks });
  return [
    ...shared(rollouts, "Rollouts", ({ service }) => service, (one) => stepMarks(one, endUs)),
    ...shared(measurements, "Checks", ({ check }) => check, (one) => checkMarks(one, endUs)),
    ...faultLanes(faults, endUs),
    ...shared(
      breaches,
      "Breaches",
      ({ objective, limitUs }) => `${objective} above ${formatUs(limitUs)}`,
      (one) => breachMarks(one, endUs),
    ),
    ...(warnings.length > 0 ? [lane("Warnings", warnings.map((one) => tick(one, endUs)))] : []),
  ];
}

/** A lane each, or one lane for all where there are too many. */
function shared(entries, all, nameOf, marksOf) {
  if (entries.length > MOST_LANES) return [{ name: all, marks: entries.flatMap(marksOf) }];
  return entries.map((entry) => ({ name: nameOf(entry), marks: marksOf(entry) }));
}

function faultLanes(faults, endUs) {
  const ids = [...new Set(faults.map(({ id }) => id))];
  const groups = ids.map((id) => ({ id, spans: faults.filter((one) => one.id === id) }));
  return shared(
    groups,
    "Faults",
    ({ id }) => id,
    ({ spans }) =>
      spans.map(({ beganAt, endedAt, message, targets }) =>
        span(beganAt, endedAt ?? endUs, endUs, message, "s-fault", [message, ...targets].join(", "))
      ),
  );
}

function stepMarks({ steps }, endUs) {
  return steps.map((step, index) => {
    const untilUs = steps[index + 1]?.at ?? endUs;
    const place = step.step < 0 ? "" : `${stepPlace(step)}, `;
    const why = step.message === "" ? "" : `: ${step.message}`;
    const label = step.aborted ? `aborted in ${step.about}` : step.about;
    const about = `${place}${step.about}, ${step.phase}${why}`;
    return span(step.at, untilUs, endUs, label, `p-${step.phase.toLowerCase()}`, about);
  });
}

function checkMarks({ points }, endUs) {
  return points.map(([at, phase, value]) => {
    const hollow = value === "" ? " hollow" : "";
    const about = value === "" ? "no sample" : value;
    return mark(at, endUs, `dot p-${phase.toLowerCase()}${hollow}`, `${about}, ${phase}`);
  });
}

function breachMarks({ spans, objective, limitUs }, endUs) {
  return spans.map(([fromUs, toUs]) =>
    span(fromUs, toUs, endUs, "", "s-breach", `${objective} above ${formatUs(limitUs)}`)
  );
}

function tick({ at, reason, object, message }, endUs) {
  return mark(at, endUs, "tick s-warning", `${reason}, ${object}: ${message}`);
}

function mark(at, endUs, kind, about) {
  const element = make("i", { class: kind, title: `${formatInstant(at)} ${about}` });
  element.style.left = percentOf(at, endUs);
  return element;
}

function span(fromUs, toUs, endUs, label, kind, about) {
  const narrow = (toUs - fromUs) / endUs < 0.04 ? " narrow" : "";
  const title = `${formatInstant(fromUs)} to ${formatInstant(toUs)}: ${about}`;
  const element = make("div", { class: `span ${kind}${narrow}`, title }, label);
  element.style.left = percentOf(fromUs, endUs);
  element.style.width = percentOf(toUs - fromUs, endUs);
  return element;
}

function axis(endUs) {
  const seconds = endUs / 1e6;
  const step = TICK_SECONDS.find((one) => seconds / one <= MOST_TICKS) ?? seconds;
  const labels = [];
  for (let at = 0; at <= seconds; at += step || 1) {
    const last = at > seconds * 0.97 ? "last" : undefined;
    const label = make("span", { class: last }, formatInstant(at * 1e6));
    label.style.left = percentOf(at * 1e6, endUs);
    labels.push(label);
  }
  return make(
    "div",
    { class: "lane axis" },
    make("div", { class: "lane-name" }),
    make("div", { class: "track" }, labels),
  );
}
