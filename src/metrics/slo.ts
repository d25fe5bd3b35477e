// Service level objectives as data, and whether one request met them; knows no service, no clock.

/** Upper limits in µs; goodput counts the requests that stay at or below every one that is set. */
export interface Slo {
  readonly ttftUs?: number;
  /** Mean gap between a request's tokens (its TPOT): one request has one, not a percentile. */
  readonly itlUs?: number;
  readonly e2eUs?: number;
}

/** True when a request with these figures met every objective that is set. */
export function meetsSlo(slo: Slo, ttftUs: number, tpotUs: number, e2eUs: number): boolean {
  return ttftUs <= (slo.ttftUs ?? Infinity) && tpotUs <= (slo.itlUs ?? Infinity) &&
    e2eUs <= (slo.e2eUs ?? Infinity);
}
