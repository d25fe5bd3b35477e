// A service as commands about services alone are given it: `gpt2` or `llmisvc/gpt2`.

import { findResource, type Resource, SERVICE_RESOURCE } from "../kube/resources.ts";
import { CliError } from "./exit.ts";

/**
 * Its name. Throws a `CliError` for a type that there is not, and with what `refused` says for one that is
 * no service's.
 */
export function serviceNameOf(
  word: string,
  refused: (type: Resource, name: string) => string,
): string {
  const slash = word.indexOf("/");
  if (slash < 0) return word;
  const [type, name] = [word.slice(0, slash), word.slice(slash + 1)];
  const resource = findResource(type);
  if (resource === SERVICE_RESOURCE) return name;
  if (!resource) throw new CliError(`the server doesn't have a resource type "${type}"`);
  throw new CliError(refused(resource, name));
}
