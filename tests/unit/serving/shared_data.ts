// Real data beside the work tree: read where it is present, and named as skipped where it is not.

export interface SharedPath {
  readonly path: string;
  /** For the test's name: says that it is skipped, or nothing. */
  readonly skipped: string;
}

/** A path below `../shared` as seen from the work tree. */
export function shared(path: string): SharedPath {
  const full = `../shared/${path}`;
  return { path: full, skipped: exists(full) ? "" : ` (SKIPPED: ${full} cannot be read)` };
}

export function isPresent({ skipped }: SharedPath): boolean {
  return skipped === "";
}

export function readText({ path }: SharedPath): string {
  return Deno.readTextFileSync(path);
}

export function readBytes({ path }: SharedPath): Uint8Array {
  return Deno.readFileSync(path);
}

function exists(path: string): boolean {
  try {
    Deno.statSync(path);
    return true;
  } catch {
    return false;
  }
}
