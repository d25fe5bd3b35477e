// How long ago something was, in kubectl's few characters. Knows no clock: "now" is handed in.

const US_PER_SECOND = 1_000_000;

/** kubectl's word where an object has no timestamp. */
const UNKNOWN_AGE = "<unknown>";

/**
 * Microseconds from virtual 0 (2026-01-01T00:00:00Z) to an RFC 3339 timestamp in UTC, negative before
 * it; undefined when the text is none.
 */
export function timestampUs(text: string | undefined): number | undefined {
  const match = TIMESTAMP.exec(text ?? "");
  if (match === null) return undefined;
  const [year, month, day, hours, minutes, seconds] = match.slice(1, 7).map(Number) as Six;
  const days = daysFromCivil(year, month, day) - VIRTUAL_ZERO_DAY;
  const second = days * 86_400 + hours * 3600 + minutes * 60 + seconds;
  return second * US_PER_SECOND + Number((match[7] ?? "").slice(0, 6).padEnd(6, "0"));
}

type Six = [number, number, number, number, number, number];

const TIMESTAMP = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:Z|\+00:00)$/;
/** Days from 1970-01-01 to virtual 0. */
const VIRTUAL_ZERO_DAY = 20_454;

/**
 * Howard Hinnant's `days_from_civil` (https://howardhinnant.github.io/date_algorithms.html): years
 * begin in March, so that the leap day is the last of its year.
 */
function daysFromCivil(civilYear: number, month: number, day: number): number {
  const year = month <= 2 ? civilYear - 1 : civilYear;
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const leapDays = Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100);
  return era * 146_097 + yearOfEra * 365 + leapDays + dayOfYear - 719_468;
}

/** The age of what happened at a timestamp, at `nowUs` after virtual 0. */
export function ageOf(timestamp: string | undefined, nowUs: number): string {
  const us = timestampUs(timestamp);
  return us === undefined ? UNKNOWN_AGE : humanDuration(nowUs - us);
}

/** Kubernetes' `HumanDuration` of µs (apimachinery, pkg/util/duration/duration.go), 2–3 digits. */
export function humanDuration(us: number): string {
  const seconds = Math.trunc(us / US_PER_SECOND);
  // Clocks of two machines differ by a second or so; what is more is no age.
  if (seconds < -1) return "<invalid>";
  if (seconds < 120) return `${Math.max(0, seconds)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return twoUnits(minutes, "m", seconds % 60, "s");
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 8) return twoUnits(hours, "h", minutes % 60, "m");
  if (hours < 48) return `${hours}h`;
  const days = Math.floor(hours / 24);
  if (days < 8) return twoUnits(days, "d", hours % 24, "h");
  if (days < 730) return `${days}d`;
  const years = Math.floor(days / 365);
  return years < 8 ? twoUnits(years, "y", days % 365, "d") : `${years}y`;
}

function twoUnits(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large}${largeUnit}` : `${large}${largeUnit}${small}${smallUnit}`;
}
