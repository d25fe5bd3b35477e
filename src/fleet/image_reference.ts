// Which image references are names, and which of them no registry has. Pulls nothing.

/** An image reference as the distribution project writes it: host and path, then a tag or a digest. */
const REFERENCE =
  /^[a-z0-9][a-z0-9.-]*(?::\d+)?(?:\/[a-z0-9][a-z0-9._-]*)*(?::[\w][\w.-]{0,127})?(?:@[a-z0-9+.-]+:[0-9a-f]{32,})?$/i;

export function isReference(image: string): boolean {
  return REFERENCE.test(image);
}

/**
 * Why an image cannot be pulled, in containerd's words; undefined when it can. Every registry has what
 * is asked of it but those under `.invalid`, which no resolver ever finds (RFC 2606).
 */
export function pullProblem(image: string): string | undefined {
  if (!isReference(image)) return "invalid reference format";
  const [host = ""] = image.split("/");
  const [name = ""] = host.split(":");
  if (!name.endsWith(".invalid")) return undefined;
  return `failed to pull and unpack image "${image}": failed to resolve reference "${image}": ` +
    `dial tcp: lookup ${name}: no such host`;
}

/** The kubelet's words for what is no name: it asks no registry for it. */
export function referenceProblem(image: string): string {
  return `Failed to apply default image tag "${image}": couldn't parse image name ` +
    `"${image}": invalid reference format`;
}
