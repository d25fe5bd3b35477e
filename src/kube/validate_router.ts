// What the webhook says of `spec.router`: routes, gateways, canary groups and the scheduler.

import { type Fields, has, isRecord, listOf, mapOf } from "./fields.ts";
import { broken, invalid, isBelow, required } from "./validate_words.ts";

const ROUTE = "spec.router.route";
const HTTP = `${ROUTE}.http`;
const GATEWAY = "spec.router.gateway";
const UNSUPPORTED = "unsupported configuration:";

export function routerCauses(router: Fields | undefined, version: string): string[] {
  const route = mapOf(router, "route");
  const http = mapOf(route, "http");
  const hasRefs = listOf(http, "refs").length > 0;
  const gateway = mapOf(router, "gateway");
  const isManaged = gateway !== undefined && listOf(gateway, "refs").length === 0;
  return [
    ...broken(
      [
        hasRefs && has(http, "spec"),
        invalid(
          HTTP,
          http,
          `${UNSUPPORTED} cannot use both custom HTTPRoute refs ('${HTTP}.refs') and an inline ` +
            `route spec ('${HTTP}.spec'); choose one`,
        ),
      ],
      [
        hasRefs && isManaged,
        invalid(
          `${HTTP}.refs`,
          http?.["refs"],
          `${UNSUPPORTED} custom HTTP routes ('${HTTP}.refs') cannot be used with a managed ` +
            `gateway ('${GATEWAY}'); either remove '${HTTP}.refs' or set '${GATEWAY}.refs'`,
        ),
      ],
    ),
    ...parentCauses(mapOf(http, "spec"), listOf(gateway, "refs"), version),
    ...trafficCauses(route, hasRefs, has(router, "ingress")),
  ];
}

/** v1alpha1 wants one of the two only; v1alpha2 lets both say the same. */
function parentCauses(
  spec: Fields | undefined,
  gatewayRefs: readonly Fields[],
  version: string,
): string[] {
  if (spec === undefined || gatewayRefs.length === 0) return [];
  const either = `either remove '${GATEWAY}.refs' or '${HTTP}.spec.parentRefs'`;
  const managed = `${UNSUPPORTED} managed HTTP route spec ('${HTTP}.spec')`;
  if (version === "v1alpha1") {
    const message = `${managed} cannot be used with custom gateway refs ('${GATEWAY}.refs'); ` +
      either;
    return [invalid(`${HTTP}.spec`, spec, message)];
  }
  const parents = listOf(spec, "parentRefs");
  return broken([
    parents.length > 0 && !saySame(parents, gatewayRefs),
    invalid(
      `${HTTP}.spec`,
      spec,
      `${managed} has parentRefs that conflict with custom gateway refs ('${GATEWAY}.refs'); ` +
        either,
    ),
  ]);
}

/** In whatever order. */
function saySame(parents: readonly Fields[], refs: readonly Fields[]): boolean {
  const key = ({ namespace = "", name = "", sectionName = "" }: Fields) =>
    JSON.stringify([namespace, name, sectionName]);
  return JSON.stringify(parents.map(key).sort()) === JSON.stringify(refs.map(key).sort());
}

/** The canary group. */
function trafficCauses(
  route: Fields | undefined,
  hasRefs: boolean,
  hasIngress: boolean,
): string[] {
  const [hasGroup, hasWeight] = [has(route, "group"), has(route, "weight")];
  if (!hasGroup && !hasWeight) return [];
  const field = `${ROUTE}.group`;
  const group = route?.["group"] ?? "";
  if (hasIngress) {
    return [
      invalid(
        field,
        group,
        "traffic splitting requires Gateway API routing; the controller manages HTTPRoutes, not " +
          "Ingress resources",
      ),
    ];
  }
  return broken(
    [!hasGroup, required(field, "weight requires group")],
    [!hasWeight, required(`${ROUTE}.weight`, "group requires weight")],
    [
      hasGroup && hasWeight && hasRefs,
      invalid(
        field,
        group,
        "traffic splitting cannot be used with custom HTTPRoute refs; controller-managed routes " +
          "(route.http.spec or route.http: {}) are required",
      ),
    ],
  );
}

const SCHEDULER = "spec.router.scheduler";

export function schedulerCauses(scheduler: Fields | undefined): string[] {
  return [
    ...schedulerReplicasCauses(scheduler),
    ...schedulerConfigCauses(mapOf(scheduler, "config")),
  ];
}

export function schedulerReplicasCauses(scheduler: Fields | undefined): string[] {
  const replicas = scheduler?.["replicas"];
  return broken([
    isBelow(replicas, 1),
    invalid(`${SCHEDULER}.replicas`, replicas, "scheduler replicas must be greater than zero"),
  ]);
}

function schedulerConfigCauses(config: Fields | undefined): string[] {
  if (config === undefined) return [];
  const field = `${SCHEDULER}.config`;
  const [inline, ref] = [has(config, "inline"), has(config, "ref")];
  const { inline: given } = config;
  const name = mapOf(config, "ref")?.["name"] ?? "";
  return broken(
    [!inline && !ref, invalid(field, config, "either inline or ref is required")],
    [
      inline && ref,
      invalid(field, config, "both inline and ref are set, either specify inline or ref"),
    ],
    [
      isRecord(given) && Object.keys(given).length === 0,
      invalid(`${field}.inline`, given, "inline configuration is invalid"),
    ],
    [
      isRecord(config["ref"]) && name === "",
      invalid(`${field}.ref.name`, config["ref"], "name is empty"),
    ],
  );
}
