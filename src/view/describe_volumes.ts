// The volumes of a pod or of a template, as kubectl describes them.
//
// After kubectl's pkg/describe/describe.go, describeVolumes.

import type { Json, JsonObject } from "../kube/object.ts";
import { listOf, mapOf, textOf } from "./describe_parts.ts";

type Rows = string[][];

/** What a source is in kubectl's words, and its fields; those of a source that is not here it has none of. */
interface Source {
  readonly about: string;
  readonly fields: (source: JsonObject) => Rows;
}

const SOURCES: Readonly<Record<string, Source>> = {
  hostPath: {
    about: "HostPath (bare host directory volume)",
    fields: (
      { path, type },
    ) => [["Path", textOf(path)], ["HostPathType", textOf(type) || "<none>"]],
  },
  emptyDir: {
    about: "EmptyDir (a temporary directory that shares a pod's lifetime)",
    fields: ({ medium, sizeLimit }) => [
      ["Medium", textOf(medium)],
      ["SizeLimit", textOf(sizeLimit) || "<unset>"],
    ],
  },
  secret: {
    about: "Secret (a volume populated by a Secret)",
    fields: ({ secretName, optional }) => [["SecretName", textOf(secretName)], flag(optional)],
  },
  configMap: {
    about: "ConfigMap (a volume populated by a ConfigMap)",
    fields: ({ name, optional }) => [["Name", textOf(name)], flag(optional)],
  },
  persistentVolumeClaim: {
    about: "PersistentVolumeClaim (a reference to a PersistentVolumeClaim in the same namespace)",
    fields: ({ claimName, readOnly }) => [
      ["ClaimName", textOf(claimName)],
      ["ReadOnly", String(readOnly === true)],
    ],
  },
  projected: {
    about: "Projected (a volume that contains injected data from multiple sources)",
    fields: ({ sources }) => listOf(sources).map(mapOf).flatMap(projectedRows),
  },
  csi: {
    about: "CSI (a Container Storage Interface (CSI) volume source)",
    fields: ({ driver, fsType, readOnly }) => [
      ["Driver", textOf(driver)],
      ["FSType", textOf(fsType)],
      ["ReadOnly", String(readOnly === true)],
    ],
  },
  image: {
    about: "Image (a container image or OCI artifact)",
    fields: ({ reference, pullPolicy }) => [
      ["Reference", textOf(reference)],
      ["PullPolicy", textOf(pullPolicy)],
    ],
  },
};

export function volumeRows(volumes: readonly Json[], isTemplate = false): Rows {
  const [before, name] = isTemplate ? ["  ", "   "] : ["", "  "];
  if (volumes.length === 0) return [[`${before}Volumes:`, "<none>"]];
  return [
    [`${before}Volumes:`],
    ...volumes.map(mapOf).flatMap((volume) => [
      [`${name}${textOf(volume["name"])}:`],
      ...sourceRows(volume),
    ]),
  ];
}

function sourceRows(volume: JsonObject): Rows {
  const known = Object.keys(SOURCES).find((key) => volume[key] !== undefined);
  if (known === undefined) return [["  <unknown>"]];
  const { about, fields } = SOURCES[known]!;
  return [
    ["    Type:", about],
    ...fields(mapOf(volume[known])).map(([title, text]) => [`    ${title}:`, text!]),
  ];
}

function projectedRows({ secret, downwardAPI, configMap, serviceAccountToken }: JsonObject): Rows {
  if (secret !== undefined) {
    const { name, optional } = mapOf(secret);
    return [["SecretName", textOf(name)], flag(optional)];
  }
  if (downwardAPI !== undefined) return [["DownwardAPI", "true"]];
  if (configMap !== undefined) {
    const { name, optional } = mapOf(configMap);
    return [["ConfigMapName", textOf(name)], flag(optional)];
  }
  // The API server's default of a token's life.
  const { expirationSeconds = 3600 } = mapOf(serviceAccountToken);
  return serviceAccountToken === undefined
    ? []
    : [["TokenExpirationSeconds", textOf(expirationSeconds)]];
}

function flag(optional: Json | undefined): string[] {
  return ["Optional", String(optional === true)];
}
