// While a scenario's own code is simulated, the machine's chance and clock are refused: the seed decides.

/** Refuses `Math.random` and `Date.now` until it is disposed of; who calls them throws a `TypeError`. */
export function refuseMachineChance(): Disposable {
  const { random } = Math;
  const { now } = Date;
  Math.random = refuse("Math.random", "draw from what your code is handed: the seed decides");
  Date.now = refuse("Date.now", "ask for nowSeconds, the virtual time");
  return {
    [Symbol.dispose]() {
      Math.random = random;
      Date.now = now;
    },
  };
}

function refuse(what: string, instead: string): () => never {
  return () => {
    throw new TypeError(`own code must not call ${what}: ${instead}`);
  };
}
