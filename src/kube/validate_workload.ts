// What the webhook says of a workload, which is the spec itself or `spec.prefill`: parallelism, and how
// a new revision takes the old one's place.

import { type Fields, has, mapOf } from "./fields.ts";
import { broken, invalid, isBelow, required } from "./validate_words.ts";

export function parallelismCauses(workload: Fields, path: string): string[] {
  const parallelism = mapOf(workload, "parallelism");
  const field = `${path}.parallelism`;
  const [isPipeline, isData] = [isPipelineParallel(parallelism), isDataParallel(parallelism)];
  const { data, dataLocal } = parallelism ?? {};
  const [hasData, hasLocal] = [has(parallelism, "data"), has(parallelism, "dataLocal")];
  return [
    ...broken(
      [
        has(workload, "worker") && !isPipeline && !isData,
        invalid(
          `${path}.worker`,
          workload["worker"],
          "when worker is specified, parallelism must be configured for either data parallelism " +
            "or pipeline parallelism",
        ),
      ],
      [
        isPipeline && isData,
        invalid(
          field,
          parallelism,
          "cannot set both pipeline parallelism and data parallelism (data or dataLocal) " +
            "simultaneously",
        ),
      ],
      [
        hasData && !hasLocal,
        invalid(`${field}.dataLocal`, dataLocal, "dataLocal must be set when data is set"),
      ],
      [
        hasLocal && !hasData,
        invalid(`${field}.data`, data, "data must be set when dataLocal is set"),
      ],
    ),
    ...["pipeline", "data", "dataLocal"].flatMap((name) =>
      broken([
        isBelow(parallelism?.[name], 1),
        invalid(
          `${field}.${name}`,
          parallelism?.[name],
          `${name} parallelism must be greater than 0`,
        ),
      ])
    ),
  ];
}

function isPipelineParallel(parallelism: Fields | undefined): boolean {
  return countOf(parallelism, "pipeline") > 0;
}

function isDataParallel(parallelism: Fields | undefined): boolean {
  return countOf(parallelism, "data") > 0 || countOf(parallelism, "dataLocal") > 0;
}

function countOf(parallelism: Fields | undefined, name: string, absent = 0): number {
  const count = parallelism?.[name];
  return typeof count === "number" ? count : absent;
}

/** How many pods make up a group: a running group cannot become another size. */
export function immutableCauses(previous: Fields | undefined, spec: Fields): string[] {
  if (previous === undefined) return [];
  const [before, after] = [mapOf(previous, "prefill"), mapOf(spec, "prefill")];
  return [
    ...sizeCauses(previous, spec, "spec"),
    ...(before && after ? sizeCauses(before, after, "spec.prefill") : []),
  ];
}

function sizeCauses(before: Fields, after: Fields, path: string): string[] {
  const [was, is] = [before, after].map((workload) => groupSize(mapOf(workload, "parallelism")));
  return broken([
    was !== is,
    `${path}.parallelism: Unsupported value: ${is}: total parallelism size is immutable, previous ` +
    `size ${was}, curr size ${is}`,
  ]);
}

/** Pods of a group: data over dataLocal, or pipeline stages. */
function groupSize(parallelism: Fields | undefined): number {
  if (isDataParallel(parallelism)) {
    const data = Math.max(countOf(parallelism, "data", 1), 1);
    return Math.max(Math.trunc(data / Math.max(countOf(parallelism, "dataLocal", 1), 1)), 1);
  }
  return isPipelineParallel(parallelism) ? countOf(parallelism, "pipeline") : 1;
}

export function rolloutCauses(workload: Fields, path: string): string[] {
  const strategy = mapOf(workload, "rolloutStrategy");
  const field = `${path}.rolloutStrategy`;
  const { maxUnavailable, maxSurge } = strategy ?? {};
  const wrong = [
    ...shareCauses(maxUnavailable, `${field}.maxUnavailable`),
    ...shareCauses(maxSurge, `${field}.maxSurge`),
  ];
  if (wrong.length > 0) return wrong;
  const isMultiNode = has(workload, "worker");
  // Of one pod, as KServe asks: what may be unavailable is rounded down, the surge up.
  const noneUnavailable = maxUnavailable !== undefined && Math.floor(ofOne(maxUnavailable)) === 0;
  return broken(
    [
      noneUnavailable && maxSurge !== undefined && Math.ceil(ofOne(maxSurge)) === 0,
      invalid(
        field,
        strategy,
        "maxUnavailable and maxSurge cannot both be zero; this would prevent any rolling update " +
          "progress",
      ),
    ],
    [
      isMultiNode && noneUnavailable && maxSurge === undefined,
      required(
        `${field}.maxSurge`,
        "maxSurge is required for multi-node workloads when maxUnavailable is 0, otherwise no " +
          "rolling update progress is possible",
      ),
    ],
  );
}

function shareCauses(share: unknown, field: string): string[] {
  if (typeof share === "number") {
    return broken([share < 0, invalid(field, share, "must be greater than or equal to 0")]);
  }
  if (typeof share !== "string") return [];
  if (!/^[0-9]+%$/.test(share)) {
    return [
      invalid(
        field,
        share,
        "a valid percent string must be a numeric string followed by an ending '%' (e.g. '1%',  or " +
          "'93%', regex used for validation is '[0-9]+%')",
      ),
    ];
  }
  return broken([
    Number(share.slice(0, -1)) > 100,
    invalid(field, share, "must not be greater than 100%"),
  ]);
}

function ofOne(share: unknown): number {
  return typeof share === "string" ? Number(share.slice(0, -1)) / 100 : Number(share);
}
