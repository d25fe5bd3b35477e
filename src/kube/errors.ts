// What the API server answers when it does not do what it was asked, in its own words.

import { qualifiedPlural, type Resource } from "./resources.ts";

/** A Kubernetes Status: the reason in one word, and the message that kubectl prints. */
export class KubeError extends Error {
  override readonly name = "KubeError";
  readonly reason: "NotFound" | "AlreadyExists" | "Invalid";

  constructor(reason: KubeError["reason"], message: string) {
    super(message);
    this.reason = reason;
  }
}

export function notFound(resource: Resource, name: string): KubeError {
  return new KubeError("NotFound", `${qualifiedPlural(resource)} ${quoted(name)} not found`);
}

export function alreadyExists(resource: Resource, name: string): KubeError {
  const message = `${qualifiedPlural(resource)} ${quoted(name)} already exists`;
  return new KubeError("AlreadyExists", message);
}

/** `Error from server (NotFound): …`, kubectl's line for it. */
export function serverErrorText({ reason, message }: KubeError): string {
  return `Error from server (${reason}): ${message}`;
}

/** In quotation marks as Go's `%q` has it: what a terminal would obey is written out. */
export function quoted(text: string): string {
  const escaped = text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replace(
    /[\n\r\t]/g,
    (letter) => ({ "\n": "\\n", "\r": "\\r" })[letter] ?? "\\t",
  );
  return `"${printable(escaped)}"`;
}

/** A sentence with the control characters of the data in it written out; its own lines stay. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (letter) => {
    const code = letter.charCodeAt(0);
    return code < 0x80 ? `\\x${hex(code, 2)}` : `\\u${hex(code, 4)}`;
  });
}

/** Control characters but the end of a line, and what changes the direction of the text. */
// deno-lint-ignore no-control-regex
const UNPRINTABLE = /[\0-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

function hex(code: number, digits: number): string {
  return code.toString(16).padStart(digits, "0");
}
