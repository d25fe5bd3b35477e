// What the status of an LLMInferenceService may hold, in either version: the fields of the CRD of
// kserve/kserve aaac4e294.

import type { Version } from "./kserve.ts";
import {
  ANY,
  BOOLEAN,
  list,
  map,
  object,
  oneOf,
  type Rule,
  ruled,
  text,
  wholeNumber,
} from "./types.ts";

const TEXT = text();
const LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const GROUP = text({ max: 253, pattern: `^$|^${LABEL}(\\.${LABEL})*$` });
const KIND = text({ min: 1, max: 63, pattern: "^[a-zA-Z]([-a-zA-Z0-9]*[a-zA-Z0-9])?$" });
const NAME = text({ min: 1, max: 253 });
const NAMESPACE = text({ min: 1, max: 63, pattern: `^${LABEL}$` });
const SECTION_NAME = text({ min: 1, max: 253, pattern: `^${LABEL}(\\.${LABEL})*$` });

const REFERENCE = { "group!": GROUP, "kind!": KIND, "name!": NAME, namespace: NAMESPACE };

const ADDRESS = { CACerts: TEXT, audience: TEXT, name: TEXT, url: TEXT };

const WORKLOAD = object({
  apiGroup: TEXT,
  "kind!": TEXT,
  "name!": TEXT,
  readyReplicas: wholeNumber("int32"),
});

const CONDITIONS = list(object({
  lastTransitionTime: TEXT,
  message: TEXT,
  reason: TEXT,
  severity: TEXT,
  "status!": TEXT,
  "type!": TEXT,
}));

const HAS_PORT: Rule = {
  message: "Must have port for Service reference",
  obeys: ({ group, kind, port }) => group !== "" || kind !== "Service" || port !== undefined,
};

const MEMBER = object({
  backendRef: ruled(
    object({
      group: GROUP.default(""),
      kind: KIND.default("Service"),
      "name!": NAME,
      namespace: NAMESPACE,
      port: wholeNumber("int32", 1, 65535),
    }),
    [HAS_PORT],
  ),
  "name!": TEXT,
  stopped: BOOLEAN,
  "weight!": wholeNumber("int32"),
});

/** Knative's own status, and where a config is used. */
export function configStatusFields(version: Version) {
  return {
    annotations: map(TEXT),
    conditions: CONDITIONS,
    observedGeneration: wholeNumber("int64"),
    ...(version === "v1alpha2" && { referencedBy: ANY }),
  };
}

export function statusFields(version: Version) {
  const isNew = version === "v1alpha2";
  return {
    address: object(ADDRESS),
    addresses: list(object({
      ...ADDRESS,
      ...(isNew && { models: list(object({ "name!": TEXT })), origin: object(REFERENCE) }),
    })),
    annotations: map(TEXT),
    conditions: CONDITIONS,
    observedGeneration: wholeNumber("int64"),
    router: object({
      gateways: list(object({
        ...REFERENCE,
        httpRoutes: list(object(REFERENCE)),
        listeners: list(SECTION_NAME),
      })),
      scheduler: object({ inferencePool: object(REFERENCE), service: object(REFERENCE) }),
      ...(isNew &&
        { group: object({ members: list(MEMBER, { unique: ["name"] }), "name!": TEXT }) }),
    }),
    url: TEXT,
    ...(isNew && {
      appliedConfigs: list(object({
        "name!": NAME,
        "namespace!": NAMESPACE,
        "source!": oneOf(["Preset", "UserRef"]),
      })),
      workloads: object({
        prefill: WORKLOAD,
        primary: WORKLOAD,
        scheduler: WORKLOAD,
        service: WORKLOAD,
      }),
    }),
  };
}
