// SHA-256 of what a store is made of. Loads node:crypto when it is first asked for: that takes longer
// than to read a hundred manifests, and whoever only wants their names needs none.

import type { Hash } from "node:crypto";

export type { Hash };

export function sha256(): Hash {
  return globalThis.process.getBuiltinModule("node:crypto").createHash("sha256");
}
