// What an expectation says, in words: in a plan, and in its verdict.

import { checkName, measuredName, type MetricCheck, valueUnit } from "../fleet/metric_check.ts";
import { PPM } from "../metrics/names.ts";
import { distributionName } from "../rollout/distribution_check.ts";
import { formatDuration } from "../sim/duration.ts";
import type { Expectation, ExpectationOf, Since } from "./expectation_schema.ts";

/** What an expectation says, in words: `llama-3-70b is aborted within 2m`. */
export function describe(expectation: Expectation): string {
  switch (expectation.kind) {
    case "metric":
      return of(expectation.service, checkName(expectation));
    case "distribution":
      return of(expectation.service, distributionName(expectation));
    case "weight":
      return `weight of ${expectation.service} ${expectation.revision} is ${expectation.weight}`;
    case "rollout":
      return `${expectation.service} is ${expectation.outcome}${spanText(expectation)}`;
    case "event":
      return `${eventText(expectation)}${spanText(expectation)}`;
    case "recovered": {
      const what = expectation.check ? checkName(expectation.check) : "its objective";
      return `${expectation.service} recovers ${what}${spanText(expectation)}`;
    }
    case "always":
      return alwaysText(expectation);
    case "cost":
      return of(expectation.service, `cost below ${usd(expectation.limit)}`);
    case "betterThan":
      return betterText(expectation);
  }
}

function alwaysText({ check, until, after }: ExpectationOf<"always">): string {
  const end = until === undefined ? "" : ` until ${formatDuration(until)}`;
  return of(check.service, `always ${checkName(check)}${spanText({ after })}${end}`);
}

function betterText({ than, measured, by }: ExpectationOf<"betterThan">): string {
  const part = by === undefined ? "" : ` by ${by * 100 / PPM}%`;
  return of(measured.service, `${measuredName(measured)} better than ${than.name}${part}`);
}

function of(service: string | undefined, text: string): string {
  return service === undefined ? text : `${service}: ${text}`;
}

function eventText({ reason, object, message, ...rest }: ExpectationOf<"event">): string {
  const { atLeast, atMost } = rest;
  const about = object === undefined ? "" : ` about ${object}`;
  const says = message === undefined ? "" : ` that says "${message}"`;
  const what = `event ${reason}${about}${says}`;
  if (atMost === 0) return `no ${what}`;
  const least = atMost === undefined || atLeast !== undefined ? [`at least ${atLeast ?? 1}`] : [];
  const most = atMost === undefined ? [] : [`at most ${atMost}`];
  return `${[...least, ...most].join(", ")} × ${what}`;
}

/** ` within 2m after xid79`. */
export function spanText(
  { within, after }: {
    readonly within?: number | undefined;
    readonly after?: Since | undefined;
  },
): string {
  const limit = within === undefined ? "" : ` within ${formatDuration(within)}`;
  if (after === undefined) return limit;
  const since = typeof after === "number"
    ? formatDuration(after)
    : after.ref ?? "a fault that is not in faults";
  return `${limit} after ${since}`;
}

/** A value in the words of a threshold: `1.2s`, `99.93%`, `12.5`. */
export function valueText(check: Pick<MetricCheck, "metric" | "comparedTo">, value: number) {
  switch (valueUnit(check)) {
    case "us":
      return value < 10_000_000
        ? formatDuration(Math.round(value / 1000) * 1000)
        : formatDuration(Math.round(value / 1e5) * 1e5);
    case "ppm":
      return `${value * 100 / PPM}%`;
    case "milli":
      return check.metric === "cost" ? usd(value) : String(value / 1000);
  }
}

/** Thousandths of a USD. */
export function usd(milli: number): string {
  return `$${milli / 1000}`;
}
