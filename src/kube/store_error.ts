// What goes wrong with the files of a store, as one sentence. Knows no manifest.

/** A store that cannot be read or written: missing folder, no permission, another process's lock. */
export class StoreError extends Error {
  override readonly name = "StoreError";
}

/** Deno says `No such file or directory (os error 2): open 'x'`; the sentence around says the rest. */
export function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const reason = text.replace(/ \(os error \d+\).*$/s, "");
  return reason.charAt(0).toLowerCase() + reason.slice(1);
}
