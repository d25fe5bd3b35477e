// Which fields of an object the CRD does not know, by the table of its fields.

/** What a pod's spec may hold of what the mocks use; the CRD's table stops at `PodSpec`. */
const POD_FIELDS = new Set([
  "affinity",
  "containers",
  "nodeSelector",
  "priorityClassName",
  "runtimeClassName",
  "terminationGracePeriodSeconds",
  "tolerations",
  "topologySpreadConstraints",
  "volumes",
]);

/** Path to type, of a table with a header of neither. */
export function parseFields(table: string): ReadonlyMap<string, string> {
  return new Map(
    table.split("\n").filter((line) => line !== "").map((line) => {
      const [path = "", type = ""] = line.split("\t");
      return [path, type];
    }),
  );
}

/** The paths below `path` that the table does not have. */
export function unknownFields(
  value: unknown,
  fields: ReadonlyMap<string, string>,
  path: string,
): string[] {
  const type = fields.get(path);
  if (type === undefined) return [path];
  if (type === "PodSpec") {
    return Object.keys(value as object).filter((key) => !POD_FIELDS.has(key))
      .map((key) => `${path}.${key}`);
  }
  if (Array.isArray(value)) {
    return value.flatMap((item) => fieldsOf(item, fields, `${path}[]`));
  }
  return fieldsOf(value, fields, path);
}

function fieldsOf(value: unknown, fields: ReadonlyMap<string, string>, path: string): string[] {
  // A map, or an object that the CRD takes as it is: nothing of it is in the table.
  const open = ![...fields.keys()].some((known) => known.startsWith(`${path}.`));
  if (open || typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    unknownFields(child, fields, `${path}.${key}`)
  );
}
