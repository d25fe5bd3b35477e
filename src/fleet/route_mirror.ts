// What the requests of a load have in common when a gateway copies them (HTTPRoute's RequestMirror).

import type { ClientKind } from "./fleet_request.ts";

const kinds = new WeakMap<ClientKind, ClientKind>();

/** The same kind without its client's patience: one object for all requests of a load. */
export function mirrorKind(kind: ClientKind): ClientKind {
  if (kind.timeoutUs === undefined) return kind;
  const known = kinds.get(kind);
  if (known) return known;
  const { timeoutUs: _, ...patient } = kind;
  kinds.set(kind, patient);
  return patient;
}
