// What an engine told of a workload, request by request and second by second, and the first thing that
// two engines told differently.
import type { WindowMetrics } from "../../../src/metrics/window.ts";
import type { RequestRecord } from "./reference_task.ts";

/** What was read at the end of a period. */
export interface Sample {
  readonly atUs: number;
  readonly measured: WindowMetrics | undefined;
  readonly warmup: WindowMetrics | undefined;
  readonly running: number;
  readonly waiting: number;
  readonly usedBlocks: number;
  readonly outputTokens: number;
  readonly preemptions: number;
  readonly busyUs: number;
  readonly prefillUs: number;
  /** Tokens of some prompts that the prefix cache held then. */
  readonly cachedTokens: string;
}

export interface History {
  readonly records: readonly RequestRecord[];
  readonly samples: readonly Sample[];
}

export interface Difference {
  /** When it came, in either history. */
  readonly atUs: number;
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
}

interface Told {
  readonly atUs: number;
  readonly value: string;
}

/** The earliest difference; of those at one instant, that of a request before that of a window. */
export function firstDifference(expected: History, actual: History): Difference | undefined {
  const [one, other] = [toldIn(expected), toldIn(actual)];
  let first: Difference | undefined;
  for (const what of new Set([...one.keys(), ...other.keys()])) {
    const [a, b] = [one.get(what), other.get(what)];
    if (a?.value === b?.value) continue;
    const atUs = Math.min(a?.atUs ?? Infinity, b?.atUs ?? Infinity);
    if (first && first.atUs <= atUs) continue;
    first = { atUs, what, expected: a?.value ?? "nothing", actual: b?.value ?? "nothing" };
  }
  return first;
}

function toldIn({ records, samples }: History): Map<string, Told> {
  const told = new Map<string, Told>();
  const tell = (what: string, atUs: number | undefined, value: string) => {
    if (atUs !== undefined) told.set(what, { atUs, value });
  };
  for (const [index, record] of records.entries()) {
    const { scheduledUs, firstTokenUs, lastTokenUs, endedUs } = record;
    const name = `request ${index}`;
    tell(
      `${name} admitted`,
      scheduledUs,
      `at ${scheduledUs} µs, ${record.cachedTokens} tokens cached`,
    );
    tell(`${name} first token`, firstTokenUs, `at ${firstTokenUs} µs`);
    tell(`${name} last token`, lastTokenUs, `token ${record.generatedTokens} at ${lastTokenUs} µs`);
    tell(
      `${name} ended`,
      endedUs,
      `${record.outcome} at ${endedUs} µs, preempted ${record.preemptions} times`,
    );
  }
  for (const { atUs, measured, warmup, ...gauges } of samples) {
    for (const [what, value] of Object.entries(gauges)) {
      tell(`${what} at ${atUs} µs`, atUs, `${value}`);
    }
    for (const [class_, window] of Object.entries({ measured, warmup })) {
      for (const [what, value] of Object.entries({ ...window, ...window?.latencyUs })) {
        if (what !== "latencyUs") {
          tell(`${class_} ${what} until ${atUs} µs`, atUs, JSON.stringify(value));
        }
      }
    }
  }
  return told;
}
