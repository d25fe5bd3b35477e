// What the system says about a file, as one sentence. Knows no format.

/** A log that cannot be written: no space, no permission, no such directory, another process's. */
export class LogWriteError extends Error {
  override readonly name = "LogWriteError";

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`Cannot write "${path}": ${reason}`, options);
  }
}

/** A log that cannot be read, whatever is in it: missing, a directory, no permission. */
export class LogReadError extends Error {
  override readonly name = "LogReadError";

  constructor(path: string, reason: string, options?: ErrorOptions) {
    super(`Cannot read "${path}": ${reason}`, options);
  }
}

export function writeError(path: string, cause: unknown): LogWriteError {
  if (cause instanceof LogWriteError) return cause;
  const missing = cause instanceof Deno.errors.NotFound;
  return new LogWriteError(path, missing ? "no such directory" : reasonOf(cause), { cause });
}

export function readError(path: string, cause: unknown): LogReadError {
  if (cause instanceof LogReadError) return cause;
  const missing = cause instanceof Deno.errors.NotFound;
  return new LogReadError(path, missing ? "no such file" : reasonOf(cause), { cause });
}

/** Deno says `No space left on device (os error 28): open 'x'`; the sentence around says the rest. */
function reasonOf(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  const reason = text.replace(/ \(os error \d+\).*$/s, "");
  return reason.charAt(0).toLowerCase() + reason.slice(1);
}
