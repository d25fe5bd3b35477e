// Ctrl-C, a polite kill and a closed terminal: the first asks the run to stop, the second ends the process.

export interface Signals extends Disposable {
  readonly stop: AbortSignal;
}

/** A terminal signals the whole group, and `deno task` passes it on: the same one comes twice. */
const SAME_SIGNAL_MS = 500;

/** Listens for SIGINT, SIGTERM and SIGHUP until it is disposed of. */
export function stopOnSignals(): Signals {
  const controller = new AbortController();
  let firstMs = 0;
  const listener = () => {
    if (controller.signal.aborted && performance.now() - firstMs > SAME_SIGNAL_MS) Deno.exit(130);
    firstMs ||= performance.now();
    controller.abort();
  };
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const name of names) Deno.addSignalListener(name, listener);
  return {
    stop: controller.signal,
    [Symbol.dispose]: () => {
      for (const name of names) Deno.removeSignalListener(name, listener);
    },
  };
}
