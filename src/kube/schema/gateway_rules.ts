// What holds between the fields of an HTTPRoute and of an InferencePool, by shape: the CEL rules of
// the CRD of kserve/kserve aaac4e294, in their words. They judge values whose shape is right and
// whose defaults are filled in.

import type { Rules } from "./shapes.ts";
import type { Rule } from "./types.ts";

// deno-lint-ignore no-explicit-any -- see Rule
type Any = any;

const rule = (message: string, obeys: (self: Any) => boolean): Rule => ({ message, obeys });
const has = (value: unknown): boolean => value !== undefined;
const sizeOf = (list: readonly unknown[] | undefined): number => list?.length ?? 0;

/** The kinds of filter and the field that each of them has to itself. */
const FILTERS = {
  cors: "CORS",
  requestHeaderModifier: "RequestHeaderModifier",
  responseHeaderModifier: "ResponseHeaderModifier",
  requestMirror: "RequestMirror",
  requestRedirect: "RequestRedirect",
  urlRewrite: "URLRewrite",
  extensionRef: "ExtensionRef",
} as const;

const ofType = (filters: readonly Any[], type: string) =>
  filters.filter((filter) => filter.type === type);

const FILTER_LIST: readonly Rule[] = [
  rule(
    "May specify either httpRouteFilterRequestRedirect or httpRouteFilterRequestRewrite, but not both",
    (self) =>
      ofType(self, "RequestRedirect").length === 0 || ofType(self, "URLRewrite").length === 0,
  ),
  ...["CORS", "RequestHeaderModifier", "ResponseHeaderModifier", "RequestRedirect", "URLRewrite"]
    .map((type) =>
      rule(`${type} filter cannot be repeated`, (self) => ofType(self, type).length <= 1)
    ),
];

const FILTER: readonly Rule[] = Object.entries(FILTERS).flatMap(([field, type]) => [
  rule(
    `filter.${field} must be nil if the filter.type is not ${type}`,
    (self) => !has(self[field]) || self.type === type,
  ),
  rule(
    `filter.${field} must be specified for ${type} filter.type`,
    (self) => has(self[field]) || self.type !== type,
  ),
]);

/** Whether exactly one of the filters replaces a path's prefix. */
const replacesPrefix = (filters: readonly Any[] | undefined, field: string): boolean =>
  (filters ?? []).filter((filter) =>
    filter[field]?.path?.type === "ReplacePrefixMatch" && has(filter[field].path.replacePrefixMatch)
  ).length === 1;

const matchesOnePrefix = ({ matches }: Any): boolean =>
  sizeOf(matches) === 1 && matches[0].path?.type === "PathPrefix";

const prefixRules = (
  [where, which]: readonly [where: string, which: string],
  filtersOf: (self: Any, field: string) => boolean,
  field: string,
) =>
  rule(
    `${where} using ${which} filter with path.replacePrefixMatch, exactly one PathPrefix match ` +
      "must be specified",
    (self) => !filtersOf(self, field) || matchesOnePrefix(self),
  );

const own = (self: Any, field: string) => replacesPrefix(self.filters, field);
const ofBackends = (self: Any, field: string) =>
  (self.backendRefs ?? []).filter((backend: Any) => replacesPrefix(backend.filters, field))
    .length === 1;

const ROUTE_RULE: readonly Rule[] = [
  rule(
    "RequestRedirect filter must not be used together with backendRefs",
    (self) =>
      sizeOf(self.backendRefs) === 0 ||
      !(self.filters ?? []).some((filter: Any) => has(filter.requestRedirect)),
  ),
  prefixRules(["When", "RequestRedirect"], own, "requestRedirect"),
  prefixRules(["When", "URLRewrite"], own, "urlRewrite"),
  prefixRules(["Within backendRefs, when", "RequestRedirect"], ofBackends, "requestRedirect"),
  // The capital is the CRD's.
  prefixRules(["Within backendRefs, When", "URLRewrite"], ofBackends, "urlRewrite"),
];

const BACKEND: readonly Rule[] = [
  rule(
    "Must have port for Service reference",
    (self) => self.group !== "" || self.kind !== "Service" || has(self.port),
  ),
];

const together = (field: string, by: string, value: string): readonly Rule[] => [
  rule(
    `${field} must be specified when ${by} is set to '${value}'`,
    (self) => self[by] !== value || has(self[field]),
  ),
  rule(
    `${by} must be '${value}' when ${field} is set`,
    (self) => !has(self[field]) || self[by] === value,
  ),
];

const noStarBeside = (list: string, others: string): readonly Rule[] => [
  rule(
    `${list} cannot contain '*' alongside other ${others}`,
    (self) => !self.includes("*") || self.length <= 1,
  ),
];

const EXACT_TYPES: readonly string[] = ["Exact", "PathPrefix"];
const isRegular = ({ type }: Any): boolean => !EXACT_TYPES.includes(type);
const PATH_CHARACTERS = /^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$/;

const PATH_MATCH: readonly Rule[] = [
  rule(
    "value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']",
    (self) => isRegular(self) || self.value.startsWith("/"),
  ),
  ...["//", "/./", "/../", "%2f", "%2F", "#"].map((part) =>
    rule(
      `must not contain '${part}' when type one of ['Exact', 'PathPrefix']`,
      (self) => isRegular(self) || !self.value.includes(part),
    )
  ),
  ...["/..", "/."].map((end) =>
    rule(
      `must not end with '${end}' when type one of ['Exact', 'PathPrefix']`,
      (self) => isRegular(self) || !self.value.endsWith(end),
    )
  ),
  rule(
    "type must be one of ['Exact', 'PathPrefix', 'RegularExpression']",
    ({ type }) => EXACT_TYPES.includes(type) || type === "RegularExpression",
  ),
  rule(
    "must only contain valid characters (matching " +
      "^(?:[-A-Za-z0-9/._~!$&'()*+,;=:@]|[%][0-9a-fA-F]{2})+$) for types ['Exact', 'PathPrefix']",
    (self) => isRegular(self) || PATH_CHARACTERS.test(self.value),
  ),
];

const UNITS_MS: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 };

/** Gateway API's durations in milliseconds: `1h30m`, `500ms`. */
function durationMs(text: string): number {
  return [...text.matchAll(/(\d+)(ms|[hms])/g)]
    .reduce((sum, [, count, unit]) => sum + Number(count) * UNITS_MS[unit!]!, 0);
}

export const GATEWAY_RULES: Rules = {
  "HTTPRouteSpec.rules": [rule(
    "While 16 rules and 64 matches per rule are allowed, the total number of matches across all " +
      "rules in a route must be less than 128",
    (self) => self.reduce((sum: number, { matches }: Any) => sum + sizeOf(matches), 0) <= 128,
  )],
  HTTPRouteRule: ROUTE_RULE,
  "HTTPRouteRule.filters": FILTER_LIST,
  "HTTPBackendRef.filters": FILTER_LIST,
  HTTPRouteFilter: FILTER,
  HTTPBackendRef: BACKEND,
  BackendReference: BACKEND,
  "HTTPCORSFilter.allowHeaders": noStarBeside("AllowHeaders", "methods"),
  "HTTPCORSFilter.allowMethods": noStarBeside("AllowMethods", "methods"),
  "HTTPCORSFilter.allowOrigins": noStarBeside("AllowOrigins", "origins"),
  HTTPExternalAuthFilter: [
    ...together("grpc", "protocol", "GRPC"),
    ...together("http", "protocol", "HTTP"),
  ],
  HTTPRequestMirrorFilter: [rule(
    "Only one of percent or fraction may be specified in HTTPRequestMirrorFilter",
    (self) => !has(self.percent) || !has(self.fraction),
  )],
  Fraction: [rule(
    "numerator must be less than or equal to denominator",
    ({ numerator, denominator }) => numerator <= denominator,
  )],
  HTTPPathModifier: [
    ...together("replaceFullPath", "type", "ReplaceFullPath"),
    ...together("replacePrefixMatch", "type", "ReplacePrefixMatch"),
  ],
  HTTPPathMatch: PATH_MATCH,
  SessionPersistence: [
    rule(
      "AbsoluteTimeout must be specified when cookie lifetimeType is Permanent",
      (self) => self.cookieConfig?.lifetimeType !== "Permanent" || has(self.absoluteTimeout),
    ),
    rule(
      "cookieConfig can only be set with type Cookie",
      (self) => !has(self.cookieConfig) || self.type === "Cookie",
    ),
  ],
  HTTPRouteTimeouts: [rule(
    "backendRequest timeout cannot be longer than request timeout",
    ({ request, backendRequest }) =>
      !has(request) || !has(backendRequest) || durationMs(request) === 0 ||
      durationMs(backendRequest) <= durationMs(request),
  )],
  EndpointPickerRef: [rule(
    "port is required when kind is 'Service' or unspecified (defaults to 'Service')",
    (self) => self.kind !== "Service" || has(self.port),
  )],
  "InferencePoolSpec.targetPorts": [rule(
    "port number must be unique",
    (self) => new Set(self.map(({ number }: Any) => number)).size === self.length,
  )],
};
