// SHA-256 by the engine's own digest: node:crypto takes longer to load than a hundred manifests to read.

/** Collects what is to be hashed; nothing is computed before `hex`. */
export class Digest {
  readonly #parts: Uint8Array[] = [];

  update(part: string | Uint8Array): this {
    this.#parts.push(typeof part === "string" ? new TextEncoder().encode(part) : part);
    return this;
  }

  async hex(): Promise<string> {
    const length = this.#parts.reduce((sum, part) => sum + part.length, 0);
    const whole = new Uint8Array(length);
    let offset = 0;
    for (const part of this.#parts) {
      whole.set(part, offset);
      offset += part.length;
    }
    return new Uint8Array(await crypto.subtle.digest("SHA-256", whole)).toHex();
  }
}
