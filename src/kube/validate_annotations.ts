// What the webhook says of the annotations that ask for devices (managed DRA).

import { quoted } from "./errors.ts";
import type { Fields } from "./fields.ts";
import { labelProblem, subdomainProblem } from "./metadata.ts";
import { broken, invalid, required } from "./validate_words.ts";

const PREFIX = "serving.kserve.io/exp-dra-";
const CLASS = `${PREFIX}device-class`;
const COUNT = `${PREFIX}device-count`;
const SELECTOR = `${PREFIX}cel-selector`;
const CONTAINER = `${PREFIX}container-name`;

export function annotationCauses(annotations: Fields): string[] {
  const given = (name: string) => {
    const value = annotations[name];
    return typeof value === "string" ? value : undefined;
  };
  const at = (name: string) => `metadata.annotations[${name}]`;
  const others = [COUNT, SELECTOR, CONTAINER];
  const selector = given(SELECTOR);
  return [
    ...broken([
      given(CLASS) === undefined && others.some((name) => given(name) !== undefined),
      required(
        at(CLASS),
        `${CLASS} is required to enable managed DRA when ${COUNT}, ${SELECTOR}, or ${CONTAINER} ` +
          "is set",
      ),
    ]),
    ...nameCauses(at(CLASS), given(CLASS), "device class", "a DNS subdomain", subdomainProblem),
    ...countCauses(at(COUNT), given(COUNT)),
    ...broken([
      selector?.trim() === "",
      invalid(
        at(SELECTOR),
        selector,
        "cel selector must contain at least one non-empty CEL expression",
      ),
    ]),
    ...nameCauses(at(CONTAINER), given(CONTAINER), "container name", "a DNS label", labelProblem),
  ];
}

function nameCauses(
  field: string,
  value: string | undefined,
  what: string,
  kind: string,
  problemOf: (text: string) => string | undefined,
): string[] {
  const name = value?.trim();
  if (name === undefined) return [];
  if (name === "") return [invalid(field, value, `${what} must not be empty`)];
  const problem = problemOf(name);
  return problem === undefined
    ? []
    : [invalid(field, value, `${what} must be ${kind}: ${problem}`)];
}

/** Blank is 1. */
function countCauses(field: string, value: string | undefined): string[] {
  const text = value?.trim() ?? "";
  if (value === undefined || text === "") return [];
  const said = `invalid ${COUNT} value ${quoted(value)}`;
  if (!/^[+-]?\d+$/.test(text)) {
    const reason = `${said}: strconv.Atoi: parsing ${quoted(text)}: invalid syntax`;
    return [invalid(field, value, reason)];
  }
  return broken([Number(text) < 1, invalid(field, value, `${said}: must be >= 1`)]);
}
