// Ctrl-C, a polite kill and a closed terminal: the first asks the run to stop, the second ends the process.

export interface Signals extends Disposable {
  readonly stop: AbortSignal;
}

/** Listens for SIGINT, SIGTERM and SIGHUP until it is disposed of. */
export function stopOnSignals(): Signals {
  const controller = new AbortController();
  const listener = () => {
    if (controller.signal.aborted) Deno.exit(130);
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
