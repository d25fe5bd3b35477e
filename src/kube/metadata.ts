// What every object's metadata has to be, in the words of apimachinery. Knows no kind.

import { printable, quoted } from "./errors.ts";
import { type Fields, isRecord } from "./fields.ts";

const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
export const SUBDOMAIN = `${LABEL}(\\.${LABEL})*`;
const LABEL_PATTERN = new RegExp(`^${LABEL}$`);
const SUBDOMAIN_PATTERN = new RegExp(`^${SUBDOMAIN}$`);
/** Limits of RFC 1123 as apimachinery has them. */
const MAX_SUBDOMAIN = 253;
const MAX_LABEL = 63;

/** All that is wrong with an object's metadata, each a cause with its field; empty when nothing is. */
export function metadataCauses(metadata: unknown): string[] {
  const fields = isRecord(metadata) ? metadata : {};
  return [
    nameProblem(fields["name"]),
    namespaceProblem(fields["namespace"]),
    ...["labels", "annotations"].map((name) => mapProblem(name, fields[name])),
    ...["creationTimestamp", "deletionTimestamp"].map((name) => timeProblem(name, fields)),
  ].filter((problem) => problem !== undefined);
}

/** Undefined for a good name. */
function nameProblem(name: unknown): string | undefined {
  if (name === undefined || name === null || name === "") {
    return "metadata.name: Required value: name or generateName is required";
  }
  const field = `metadata.name: Invalid value: ${said(name)}`;
  if (typeof name !== "string") return `${field}: must be of type string`;
  const problem = subdomainProblem(name);
  return problem && `${field}: ${problem}`;
}

/** Undefined for a good namespace or none. */
export function namespaceProblem(namespace: unknown): string | undefined {
  if (namespace === undefined || namespace === null || namespace === "") return undefined;
  const field = `metadata.namespace: Invalid value: ${said(namespace)}`;
  if (typeof namespace !== "string") return `${field}: must be of type string`;
  const problem = labelProblem(namespace);
  return problem && `${field}: ${problem}`;
}

/** What keeps a text from being a DNS-1123 subdomain. */
export function subdomainProblem(text: string): string | undefined {
  if (text.length > MAX_SUBDOMAIN) return `must be no more than ${MAX_SUBDOMAIN} characters`;
  if (SUBDOMAIN_PATTERN.test(text)) return undefined;
  return "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' " +
    "or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex " +
    `used for validation is '${SUBDOMAIN}')`;
}

/** What keeps a text from being a DNS-1123 label. */
export function labelProblem(text: string): string | undefined {
  if (text.length > MAX_LABEL) return `must be no more than ${MAX_LABEL} characters`;
  if (LABEL_PATTERN.test(text)) return undefined;
  return "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', " +
    "and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex " +
    `used for validation is '${LABEL}')`;
}

function mapProblem(name: string, map: unknown): string | undefined {
  if (map === undefined || map === null) return undefined;
  const isGood = isRecord(map) &&
    Object.values(map).every((value) => typeof value === "string" || value === null);
  return isGood ? undefined : `metadata.${name}: Invalid value: must be a map of strings`;
}

/** RFC 3339, as the API server parses it. */
const TIME = /^\d{4}-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

/** A time that is none would have an age of nobody's knowing. */
function timeProblem(name: string, metadata: Fields): string | undefined {
  const time = metadata[name];
  if (time === undefined || time === null || isTime(time)) return undefined;
  return `metadata.${name}: Invalid value: ${said(time)}: must be a time such as ` +
    "2026-01-01T00:00:00Z";
}

function isTime(time: unknown): boolean {
  const parts = typeof time === "string" ? TIME.exec(time)?.slice(1).map(Number) : undefined;
  if (parts === undefined) return false;
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 && hour < 24 && minute < 60 &&
    second < 60;
}

/** A value in an error: text as Go quotes it, all else as JSON. */
function said(value: unknown): string {
  return typeof value === "string" ? quoted(value) : printable(JSON.stringify(value));
}
