// Requests that stand for those of a file which only sums them up: as many, as long, at the same pace.

import { randomGamma } from "d3-random";
import { Streams } from "../../sim/streams.ts";
import type { MeasuredRequest } from "../measured_run.ts";

/** Lengths as files sum them up, in tokens: the mean, and values at shares of all requests. */
export interface LengthSummary {
  readonly mean: number;
  /** From 0 to 1, in rising order. */
  readonly quantiles?: readonly (readonly [share: number, tokens: number])[];
}

/** The values at shares of all requests that a file may give, by their usual names. */
interface LengthFigures {
  readonly min?: number | undefined;
  readonly p10?: number | undefined;
  readonly p25?: number | undefined;
  readonly p50?: number | undefined;
  readonly p75?: number | undefined;
  readonly p90?: number | undefined;
  readonly p95?: number | undefined;
  readonly p99?: number | undefined;
  readonly max?: number | undefined;
}

/** What a file says of lengths; undefined where it has no mean of them. */
export function lengthSummaryOf(
  mean: number | undefined,
  { min, p10, p25, p50, p75, p90, p95, p99, max }: LengthFigures,
): LengthSummary | undefined {
  if (mean === undefined || mean <= 0) return undefined;
  const places = [
    ...([[0, min], [0.1, p10], [0.25, p25], [0.5, p50], [0.75, p75]] as const),
    ...([[0.9, p90], [0.95, p95], [0.99, p99], [1, max]] as const),
  ];
  const quantiles = places.flatMap(([share, value]) =>
    value === undefined ? [] : [[share, value] as const]
  );
  return { mean, quantiles };
}

/** When requests were sent: all at once, or with gaps of a gamma distribution. */
export interface Pace {
  /** Requests per second; absent: all at once. */
  readonly rps?: number;
  /** The shape: 1 is Poisson, above it is more even, infinity is even. Default infinity. */
  readonly burstiness?: number;
}

/** The same file gives the same requests. */
const SEED = 1;

/** Draws `count` requests. */
export function drawRequests(
  count: number,
  prompt: LengthSummary,
  output: LengthSummary,
  pace: Pace,
): MeasuredRequest[] {
  const streams = new Streams(SEED);
  const prompts = lengths(count, prompt, streams, "prompt");
  const outputs = lengths(count, output, streams, "output");
  const times = arrivals(count, pace, streams);
  return times.map((atUs, index) => ({
    atUs,
    promptTokens: prompts[index]!,
    outputTokens: outputs[index]!,
  }));
}

/** Spread over the distribution evenly, then shuffled; their mean is that of the file. */
function lengths(count: number, summary: LengthSummary, streams: Streams, what: string): number[] {
  const { mean, quantiles = [] } = summary;
  const whole = (tokens: number) => Math.max(1, Math.round(tokens));
  if (quantiles.length < 2) return Array.from({ length: count }, () => whole(mean));
  const raw = Array.from({ length: count }, (_, i) => at(quantiles, (i + 0.5) / count));
  const factor = mean * count / raw.reduce((sum, value) => sum + value, 0);
  const scaled = raw.map((value) => whole(value * (Number.isFinite(factor) ? factor : 1)));
  const stream = streams.stream(`calibration/${what}`);
  for (let i = count - 1; i > 0; i--) {
    const j = stream.integer(0, i);
    [scaled[i], scaled[j]] = [scaled[j]!, scaled[i]!];
  }
  return scaled;
}

function at(quantiles: readonly (readonly [number, number])[], share: number): number {
  const above = quantiles.findIndex(([place]) => place >= share);
  if (above <= 0) return quantiles.at(above === 0 ? 0 : -1)![1];
  const [[from, low], [to, high]] = [quantiles[above - 1]!, quantiles[above]!];
  return to === from ? high : low + (high - low) * (share - from) / (to - from);
}

/** In µs from 0 on; the last one comes when the rate says, as `vllm bench serve` has it. */
function arrivals(count: number, { rps, burstiness = Infinity }: Pace, streams: Streams): number[] {
  if (rps === undefined) return new Array<number>(count).fill(0);
  const gapUs = 1e6 / rps;
  if (burstiness === Infinity) {
    return Array.from({ length: count }, (_, i) => Math.round(i * gapUs));
  }
  const stream = streams.stream("calibration/arrivals");
  const draw = randomGamma.source(() => stream.uniform())(burstiness, gapUs / burstiness);
  const times: number[] = [];
  let nowUs = 0;
  for (let i = 0; i < count; i++) times.push(nowUs += i === 0 ? 0 : draw());
  const factor = nowUs > 0 ? (count - 1) * gapUs / nowUs : 1;
  return times.map((us) => Math.round(us * factor));
}
