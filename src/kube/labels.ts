// What labels and annotations may be called and be worth, in the words of apimachinery.

import { quoted } from "./errors.ts";
import { isRecord } from "./fields.ts";
import { subdomainProblem } from "./metadata.ts";

/** Limits of a name's parts and of a value. */
const MAX_NAME = 63;
const NAME = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const NAME_PATTERN = new RegExp(`^${NAME}$`);
const VALUE_PATTERN = new RegExp(`^(${NAME})?$`);
/** Of all annotations of an object together, names and values. */
const MAX_ANNOTATIONS = 256 * 1024;

/** All that is wrong with the labels and annotations of an object's metadata. */
export function labelCauses(metadata: unknown): string[] {
  const { labels, annotations } = isRecord(metadata) ? metadata : {};
  return [...causesOfLabels(labels), ...causesOfAnnotations(annotations)];
}

function causesOfLabels(labels: unknown): string[] {
  if (!isRecord(labels)) return [];
  return Object.entries(labels).flatMap(([name, value]) => [
    ...nameCauses(name, "metadata.labels"),
    ...(typeof value === "string" ? valueCauses(value) : []),
  ]);
}

function causesOfAnnotations(annotations: unknown): string[] {
  if (!isRecord(annotations)) return [];
  const field = "metadata.annotations";
  const entries = Object.entries(annotations);
  const size = entries.reduce((sum, [name, value]) => sum + name.length + String(value).length, 0);
  return [
    // Of annotations the case of a name is not asked for.
    ...entries.flatMap(([name]) => nameCauses(name.toLowerCase(), field)),
    ...(size > MAX_ANNOTATIONS
      ? [`${field}: Too long: may not be more than ${MAX_ANNOTATIONS} bytes`]
      : []),
  ];
}

/** `app`, or `example.com/app`. */
function nameCauses(name: string, field: string): string[] {
  const parts = name.split("/");
  const own = parts.at(-1)!;
  const said = `${field}: Invalid value: ${quoted(name)}:`;
  const problem = parts.length === 2 && parts[0] !== "" ? subdomainProblem(parts[0]!) : undefined;
  if (parts.length > 2) {
    return [
      `${said} a qualified name ${CONSISTS}'${NAME}') with an optional DNS subdomain prefix and '/' ` +
      "(e.g. 'example.com/MyName')",
    ];
  }
  return [
    ...(parts.length === 2 && parts[0] === "" ? [`${said} prefix part must be non-empty`] : []),
    ...(problem === undefined ? [] : [`${said} prefix part ${problem}`]),
    ...(own === "" ? [`${said} name part must be non-empty`] : []),
    ...(own.length > MAX_NAME ? [`${said} name part ${TOO_LONG}`] : []),
    ...(NAME_PATTERN.test(own) ? [] : [`${said} name part ${CONSISTS}'${NAME}')`]),
  ];
}

const TOO_LONG = `must be no more than ${MAX_NAME} characters`;
const CONSISTS =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end " +
  "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for " +
  "validation is ";

function valueCauses(value: string): string[] {
  const said = `metadata.labels: Invalid value: ${quoted(value)}:`;
  if (value.length > MAX_NAME) return [`${said} ${TOO_LONG}`];
  if (VALUE_PATTERN.test(value)) return [];
  return [
    `${said} a valid label must be an empty string or consist of alphanumeric characters, '-', '_' ` +
    "or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or " +
    `'my_value',  or '12345', regex used for validation is '(${NAME})?')`,
  ];
}
