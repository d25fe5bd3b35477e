// Where the project stands on this machine, for tests that start programs in it.

import { fileURLToPath } from "node:url";

export const root: string = fileURLToPath(new URL("../../", import.meta.url));

/** A path of the project, absolute. */
export function fromFileUrl(path: string): string {
  return fileURLToPath(new URL(`../../${path}`, import.meta.url));
}
