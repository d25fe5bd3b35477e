// Why an image does not come, in containerd's words (core/remotes/docker, client/pull.go, containerd 1.7 and 2).

const HUB = "docker.io";

interface Reference {
  /** `docker.io`, `ghcr.io`, `registry:5000`. */
  readonly registry: string;
  readonly path: string;
  readonly tag: string;
}

/** As the distribution project completes it: Docker Hub's, of its own library, the latest. */
function complete(image: string): Reference {
  const [first = "", ...rest] = image.split("/");
  const hasHost = rest.length > 0 && (/[.:]/.test(first) || first === "localhost");
  const registry = hasHost ? first : HUB;
  const name = hasHost ? rest.join("/") : image;
  const [, path = name, tag = ""] = /^(.*?)((?:@|:)[^/]*)?$/.exec(name) ?? [];
  const full = registry === HUB && !path.includes("/") ? `library/${path}` : path;
  return { registry, path: full, tag: tag === "" ? ":latest" : tag };
}

/** Whose image it is: `docker.io` where it names no host. */
export function registryOf(image: string): string {
  return complete(image).registry;
}

function pullOf(image: string): { full: string; failed: string; manifest: string } {
  const { registry, path, tag } = complete(image);
  const full = `${registry}/${path}${tag}`;
  const host = registry === HUB ? "registry-1.docker.io" : registry;
  return {
    full,
    failed: `failed to pull and unpack image "${full}"`,
    manifest: `https://${host}/v2/${path}/manifests/${tag.slice(1)}`,
  };
}

/** The registry has no such image. */
export function notFound(image: string): string {
  const { full, failed } = pullOf(image);
  return `${failed}: failed to resolve reference "${full}": ${full}: not found`;
}

/** The registry answers 503. */
export function unavailable(image: string): string {
  const { full, failed, manifest } = pullOf(image);
  return `${failed}: failed to resolve reference "${full}": unexpected status from HEAD request to ` +
    `${manifest}: 503 Service Unavailable`;
}

/** The registry went away while a layer was read. */
export function cutOff(image: string): string {
  return `${pullOf(image).failed}: failed to copy: unexpected EOF`;
}

/** The registry answers 429; the last sentence is Docker Hub's. */
export function tooManyRequests(image: string): string {
  const { failed, manifest } = pullOf(image);
  return `${failed}: failed to copy: httpReadSeeker: failed open: unexpected status code ` +
    `${manifest}: 429 Too Many Requests - Server message: toomanyrequests: You have reached your ` +
    `pull rate limit. You may increase the limit by authenticating and upgrading: ` +
    `https://www.docker.com/increase-rate-limit`;
}
