// Which service of a scenario a command is about, where it is about one.

import type { Plan } from "../scenario/plan.ts";
import { suggestion } from "../scenario/problem.ts";
import { CliError } from "./exit.ts";

/** The one that is wanted, else the only one. Throws a `CliError` where that cannot be told. */
export function oneService(
  { services }: Plan,
  wanted: string | undefined,
  what: string,
): string {
  const names = services.map(({ name }) => name);
  if (wanted !== undefined && !names.includes(wanted)) {
    throw new CliError(`Cannot find the service "${wanted}": ${suggestion(wanted, names)}`);
  }
  if (wanted === undefined && names.length > 1) {
    throw new CliError(`Cannot tell ${what}: add --service, one of ${names.join(", ")}`);
  }
  return wanted ?? names[0]!;
}
