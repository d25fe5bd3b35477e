// The addresses of a simulated cluster's hosts and pods: each node has a /24 of its own, as GKE gives it.

/** The last number of a /24 that a pod may have; the first two are the network's and its gateway's. */
const LAST = 254;
const FIRST = 2;

interface HostAddresses {
  readonly index: number;
  next: number;
  readonly taken: Set<string>;
}

export class Addresses {
  readonly #hosts = new Map<string, HostAddresses>();

  /** `10.0.x.y`, by the order in which nodes are asked about. */
  hostIp(node: string): string {
    const { index } = this.#host(node);
    return `10.0.${index >> 8}.${index & 255}`;
  }

  /** An address in the node's range that no pod on it has now; the same again only after all others. */
  podIp(node: string): string {
    const host = this.#host(node);
    const { index, taken } = host;
    for (let tries = FIRST; tries <= LAST; tries++) {
      const ip = `10.${128 + (index >> 8)}.${index & 255}.${host.next}`;
      host.next = host.next === LAST ? FIRST : host.next + 1;
      if (taken.has(ip)) continue;
      taken.add(ip);
      return ip;
    }
    // More pods than a /24 holds (a kubelet takes 110): the last one's is as good as any.
    return `10.${128 + (index >> 8)}.${index & 255}.${LAST}`;
  }

  free(node: string, ip: string): void {
    this.#host(node).taken.delete(ip);
  }

  #host(node: string): HostAddresses {
    const known = this.#hosts.get(node);
    if (known) return known;
    // 10.0.0.0 is the network's.
    const host = { index: this.#hosts.size + 1, next: FIRST, taken: new Set<string>() };
    this.#hosts.set(node, host);
    return host;
  }
}
