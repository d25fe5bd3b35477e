/** Virtual time as the timestamps that Kubernetes objects carry; no `Date`, so that it stays pure. */

/** Days from 1970-01-01 to virtual 0, 2026-01-01T00:00:00Z. */
const VIRTUAL_ZERO_DAY = 20_454;

/** The mock cluster is looked at so long after virtual 0. */
export const PRESENT_US = 600_000_000;

const US_PER_SECOND = 1_000_000;
const SECONDS_PER_DAY = 86_400;

/** Whole seconds, rounded down: `2026-01-01T00:12:30Z`. Throws a RangeError if `us` is no integer. */
export function virtualTimestamp(us: number): string {
  return `${secondsText(us)}Z`;
}

/** With microseconds, as in a Lease or an Event: `2026-01-01T00:12:30.000250Z`. */
export function virtualTimestampMicro(us: number): string {
  const fraction = us - Math.floor(us / US_PER_SECOND) * US_PER_SECOND;
  return `${secondsText(us)}.${padded(fraction, 6)}Z`;
}

function secondsText(us: number): string {
  if (!Number.isSafeInteger(us)) {
    throw new RangeError(`Cannot write ${us} µs as a timestamp: virtual time is an integer`);
  }
  const seconds = Math.floor(us / US_PER_SECOND);
  const day = Math.floor(seconds / SECONDS_PER_DAY);
  const second = seconds - day * SECONDS_PER_DAY;
  const hours = padded(Math.floor(second / 3600), 2);
  const minutes = padded(Math.floor(second / 60) % 60, 2);
  return `${dateText(VIRTUAL_ZERO_DAY + day)}T${hours}:${minutes}:${padded(second % 60, 2)}`;
}

/**
 * Howard Hinnant's `civil_from_days` (https://howardhinnant.github.io/date_algorithms.html): years
 * begin in March, so that the leap day is the last of its year; an era is 400 years.
 */
function dateText(daysSince1970: number): string {
  const days = daysSince1970 + 719_468; // since 0000-03-01
  const era = Math.floor(days / 146_097);
  const dayOfEra = days - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) -
      Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra -
    (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const marchMonth = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * marchMonth + 2) / 5) + 1;
  const month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  return `${padded(year, 4)}-${padded(month, 2)}-${padded(day, 2)}`;
}

function padded(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}

const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,6})\d*)?Z$/;

/** The virtual µs of a timestamp, below 0 before 2026; undefined when it is none. */
export function parseTimestamp(text: string): number | undefined {
  const parts = TIMESTAMP.exec(text)?.slice(1);
  if (!parts) return undefined;
  const [year, month, day, hours, minutes, seconds] = parts.map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const days = daysSince1970(year, month, day) - VIRTUAL_ZERO_DAY;
  const second = days * SECONDS_PER_DAY + hours * 3600 + minutes * 60 + seconds;
  return second * US_PER_SECOND + Number((parts[6] ?? "").padEnd(6, "0"));
}

/** The inverse of `dateText`, Hinnant's `days_from_civil`. */
function daysSince1970(year: number, month: number, day: number): number {
  const marchYear = year - (month <= 2 ? 1 : 0);
  const era = Math.floor(marchYear / 400);
  const yearOfEra = marchYear - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) +
    dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}
