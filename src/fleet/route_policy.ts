// What an HTTPRoute says of the requests that match one of its rules: timeouts, retries, mirrors. Knows no
// gateway. Gateway API's fields and meanings (kubernetes-sigs/gateway-api 0377516, `httproute_types.go`).

import { z } from "zod";
import type { KubeObject } from "../kube/object.ts";
import { PPM } from "../metrics/names.ts";

/** GEP-2257: up to four of h, m, s and ms, each of up to five digits. */
const DURATION = /^([0-9]{1,5}(h|m|s|ms)){1,4}$/;

const UNITS_US: Readonly<Record<string, number>> = {
  h: 3_600_000_000,
  m: 60_000_000,
  s: 1_000_000,
  ms: 1000,
};

const duration = z.string().regex(DURATION, 'write a duration such as "30s", "0s" for none')
  .transform((text) =>
    [...text.matchAll(/([0-9]+)(ms|h|m|s)/g)]
      .reduce((sum, [, number, unit]) => sum + Number(number) * UNITS_US[unit!]!, 0)
  );

const MAX_PERCENT = 100;

const mirrorSchema = z.looseObject({
  backendRef: z.looseObject({ name: z.string() }),
  percent: z.int().min(0).max(MAX_PERCENT).optional(),
  fraction: z.looseObject({
    numerator: z.int().min(0),
    denominator: z.int().min(1).default(MAX_PERCENT),
  }).refine(({ numerator, denominator }) => numerator <= denominator, {
    message: "numerator must be less than or equal to denominator",
    path: ["numerator"],
  }).optional(),
}).refine(({ percent, fraction }) => percent === undefined || fraction === undefined, {
  message: "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter",
});

const ruleSchema = z.looseObject({
  matches: z.array(z.looseObject({
    path: z.looseObject({ value: z.string().optional() }).optional(),
    headers: z.array(z.looseObject({ name: z.string() })).optional(),
  })).optional(),
  filters: z.array(z.looseObject({
    type: z.string(),
    requestMirror: mirrorSchema.optional(),
  })).optional(),
  timeouts: z.looseObject({
    request: duration.optional(),
    backendRequest: duration.optional(),
  }).refine(
    ({ request = 0, backendRequest = 0 }) => request === 0 || backendRequest <= request,
    {
      message: "backendRequest timeout cannot be longer than request timeout",
      path: ["backendRequest"],
    },
  ).optional(),
  retry: z.looseObject({
    codes: z.array(z.int().min(400).max(599)).optional(),
    attempts: z.int().min(0).optional(),
    backoff: duration.optional(),
  }).optional(),
});

/** `spec.router.route.http.spec` as far as requests depend on it. */
export const httpRouteSchema = z.looseObject({ rules: z.array(ruleSchema).optional() });

type Rule = z.output<typeof ruleSchema>;

/** Envoy's `num_retries` where a policy says none, and the base of its back-off. */
const DEFAULT_RETRIES = 1;
const DEFAULT_BACKOFF_US = 25_000;

/**
 * Of its `codes` only 500 is among these, the one with which simulated backends answer: 400 and 404 would
 * come again, and what an endpoint picker or the gateway itself answers is no backend's.
 */
export interface RetryPolicy {
  /** After the first try. */
  readonly attempts: number;
  readonly backoffUs: number;
  /** A backend's 500 is tried again. */
  readonly serverErrors?: true;
}

export interface Mirror {
  /** The name of a Service or an InferencePool. */
  readonly backend: string;
  /** Of all requests, in millionths. */
  readonly ppm: number;
}

/** Absent times are none. */
export interface RoutePolicy {
  /** From a request's arrival to the end of its answer, all tries included. */
  readonly requestUs?: number;
  /** Of each try. */
  readonly backendRequestUs?: number;
  readonly retry?: RetryPolicy;
  readonly mirrors?: readonly Mirror[];
}

export interface RoutePolicies {
  /** Of requests that name the model: by header, or by a publisher's path. */
  readonly model: RoutePolicy;
  /** Of those that take the member's own path. */
  readonly path: RoutePolicy;
}

const SERVER_ERROR = 500;
const MODEL_HEADER = "x-gateway-model-name";
const NO_POLICIES: RoutePolicies = { model: {}, path: {} };

/**
 * What its own rules say; where it has none, KServe's are in force, which have no timeout and retry
 * nothing. Of several rules for one way it is that of chat completions, else the first.
 */
export function policiesOf({ metadata, spec }: KubeObject): RoutePolicies {
  const router = spec?.["router"] as { route?: { http?: { spec?: unknown } } } | undefined;
  const { rules = [] } = httpRouteSchema.safeParse(router?.route?.http?.spec).data ?? {};
  if (rules.length === 0) return NO_POLICIES;
  const { name, namespace = "default" } = metadata;
  const own = `/${namespace}/${name}/`;
  return {
    model: policyOf(preferred(rules, (rule) => namesModel(rule))),
    path: policyOf(preferred(rules, (rule) => pathsOf(rule).some((path) => path.startsWith(own)))),
  };
}

function preferred(rules: readonly Rule[], matches: (rule: Rule) => boolean): Rule {
  const matching = rules.filter(matches);
  const anyway = matching.length > 0 ? matching : rules.filter(matchesAll);
  const candidates = anyway.length > 0 ? anyway : rules;
  return candidates.find((rule) =>
    pathsOf(rule).some((path) => path.includes("/chat/completions"))
  ) ??
    candidates[0]!;
}

function pathsOf({ matches = [] }: Rule): string[] {
  return matches.flatMap(({ path }) => path?.value === undefined ? [] : [path.value]);
}

function namesModel(rule: Rule): boolean {
  const headers = (rule.matches ?? []).flatMap(({ headers = [] }) => headers);
  return headers.some(({ name }) => name.toLowerCase() === MODEL_HEADER) ||
    pathsOf(rule).some((path) => path.startsWith("/publishers/"));
}

/** Without matches a rule takes every request. */
function matchesAll(rule: Rule): boolean {
  const paths = pathsOf(rule);
  return paths.length === 0 || paths.includes("/");
}

function policyOf({ timeouts = {}, retry, filters = [] }: Rule): RoutePolicy {
  const { request = 0, backendRequest = 0 } = timeouts;
  const { attempts = DEFAULT_RETRIES, backoff = DEFAULT_BACKOFF_US } = retry ?? { attempts: 0 };
  const serverErrors = retry?.codes?.includes(SERVER_ERROR) ? { serverErrors: true as const } : {};
  const mirrors = filters.flatMap(({ type, requestMirror }): Mirror[] => {
    if (type !== "RequestMirror" || !requestMirror) return [];
    const { backendRef, percent = MAX_PERCENT, fraction } = requestMirror;
    const share = fraction ? fraction.numerator / fraction.denominator : percent / MAX_PERCENT;
    return [{ backend: backendRef.name, ppm: Math.round(share * PPM) }];
  });
  return {
    ...(request > 0 ? { requestUs: request } : {}),
    ...(backendRequest > 0 ? { backendRequestUs: backendRequest } : {}),
    ...(attempts > 0 ? { retry: { attempts, backoffUs: backoff, ...serverErrors } } : {}),
    ...(mirrors.length > 0 ? { mirrors } : {}),
  };
}
