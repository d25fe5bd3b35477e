// A worker of the swarm: seeds come in, what is wrong with each goes out.
import { failureOf } from "./failure.ts";

const scope = self as unknown as {
  onmessage: (message: MessageEvent<number>) => void;
  postMessage(message: unknown): void;
};

scope.onmessage = ({ data: seed }) => scope.postMessage({ seed, failure: failureOf(seed) });
