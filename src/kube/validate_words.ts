// In which forms the rules of several fields complain: those of apimachinery's field errors.

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

/** An absent value is Go's nil. */
export function invalid(field: string, value: unknown, message: string): string {
  return `${field}: Invalid value: ${JSON.stringify(value ?? null)}: ${message}`;
}

export function required(field: string, message: string): string {
  return `${field}: Required value: ${message}`;
}

export function forbidden(field: string, message: string): string {
  return `${field}: Forbidden: ${message}`;
}

/** Whether a number is below; false for what is none. */
export function isBelow(value: unknown, minimum: number): boolean {
  return typeof value === "number" && value < minimum;
}
