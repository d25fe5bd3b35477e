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
  return new KubeError("NotFound", `${qualifiedPlural(resource)} "${name}" not found`);
}

export function alreadyExists(resource: Resource, name: string): KubeError {
  return new KubeError("AlreadyExists", `${qualifiedPlural(resource)} "${name}" already exists`);
}

/** `Error from server (NotFound): …`, kubectl's line for it. */
export function serverErrorText({ reason, message }: KubeError): string {
  return `Error from server (${reason}): ${message}`;
}
