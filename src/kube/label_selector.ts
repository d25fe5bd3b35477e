// Kubernetes' `metav1.LabelSelector` and its requirements: whether labels are as they want them. Knows no object.

export type Labels = Readonly<Record<string, string>>;

export interface LabelRequirement {
  readonly key: string;
  readonly operator: string;
  readonly values?: readonly string[] | undefined;
}

/** All of it must hold; an empty one selects everything. */
export interface SelectorFields {
  readonly matchLabels?: Labels | undefined;
  readonly matchExpressions?: readonly LabelRequirement[] | undefined;
}

export function matchesSelector(
  { matchLabels = {}, matchExpressions = [] }: SelectorFields,
  labels: Labels,
): boolean {
  return hasLabels(labels, matchLabels) &&
    matchExpressions.every((requirement) => meets(requirement, labels));
}

/** Whether labels have all of these; in a loop, since it is asked of every node. */
export function hasLabels(labels: Labels, wanted: Labels): boolean {
  for (const label in wanted) {
    if (Object.hasOwn(wanted, label) && labels[label] !== wanted[label]) return false;
  }
  return true;
}

/** apimachinery's labels.Requirement, its operators of sets; what is no such operator matches nothing. */
export function meets({ key, operator, values = [] }: LabelRequirement, labels: Labels): boolean {
  const value = labelOf(labels, key);
  switch (operator) {
    case "In":
      return value !== undefined && values.includes(value);
    case "NotIn":
      return value === undefined || !values.includes(value);
    case "Exists":
      return value !== undefined;
    case "DoesNotExist":
      return value === undefined;
    default:
      return false;
  }
}

export function labelOf(labels: Labels, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}
