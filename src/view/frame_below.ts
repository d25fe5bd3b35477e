// What stands below the table of a screen: what is to be known of its figures, and the last warnings.

import type { FleetState } from "../fleet/state.ts";
import { calibrationErrorText } from "./calibration_error.ts";
import type { ServiceRow } from "./fleet_table.ts";
import { formatInstant } from "./format.ts";
import { cells, type Span } from "./spans.ts";

const SHOWN_EVENTS = 3;

/** A sentence on as many lines as it takes, its words whole where they fit. */
export function noticeLines(text: string, width: number): Span[][] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const last = lines.at(-1);
    if (last !== undefined && cells(`${last} ${word}`) <= width) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else lines.push(word);
  }
  return lines.map((text) => [{ text }]);
}

/** Law 1: numbers of what was not measured say so wherever they appear, and so do missing ones. */
export function notesOf(rows: readonly ServiceRow[]): Span[][] {
  const of = (calibration: string) =>
    rows.filter((row) => row.calibration === calibration).map(({ namespace, name }) =>
      namespace === "default" ? name : `${namespace}/${name}`
    );
  const errors = rows.flatMap(({ name, calibrationError }) => {
    const text = calibrationErrorText(calibrationError);
    return text === "" ? [] : [`${name} (${text})`];
  });
  const [guessed, missing] = [of("uncalibrated"), of("not simulated")];
  const all = of("calibrated").length === 0;
  const notes = [
    ...(guessed.length > 0 ? [`uncalibrated: ${all ? "all figures" : guessed.join(", ")}`] : []),
    ...(errors.length > 0 ? [`calibrated: ${errors.join(", ")}`] : []),
    ...(missing.length > 0 ? [`not simulated: ${missing.join(", ")}`] : []),
  ];
  return notes.length === 0 ? [] : [[{ text: notes.join("; "), style: "dim" }]];
}

/** The last warnings, each told once, the latest at the bottom. */
export function eventLines({ events }: FleetState): Span[][] {
  const last = new Map<string, FleetState["events"][number]>();
  for (const event of events.toReversed()) {
    if (last.size === SHOWN_EVENTS) break;
    const id = `${event.reason} ${event.object}`;
    if (event.type === "Warning" && !last.has(id)) last.set(id, event);
  }
  return [...last.values()].reverse().map(({ at, reason, object, message }) => [
    { text: `${formatInstant(at)}  ` },
    { text: reason, style: "warn" },
    { text: `  ${object.slice(object.lastIndexOf("/") + 1)}: ${message}` },
  ]);
}
