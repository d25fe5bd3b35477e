// How the rules of several fields read their fields, and in which forms they complain.

/** The causes of the rules that are broken. */
export function broken(
  ...rules: readonly (readonly [isBroken: boolean, cause: string])[]
): string[] {
  return rules.filter(([isBroken]) => isBroken).map(([, cause]) => cause);
}

/** A rule in the CRD's schema: API servers of Kubernetes 1.32 and before name the value's type. */
export function cel(field: string, message: string): string {
  return `${field}: Invalid value: "object": ${message}`;
}

export function invalid(field: string, value: unknown, message: string): string {
  return `${field}: Invalid value: ${JSON.stringify(value)}: ${message}`;
}

/** Whether a number is below; false for what is none. */
export function isBelow(value: unknown, minimum: number): boolean {
  return typeof value === "number" && value < minimum;
}
