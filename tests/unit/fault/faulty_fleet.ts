// Runs of small scenarios with faults, and what is asked of them again and again.
import type { KubeObject } from "../../../src/kube/object.ts";
import { SECOND } from "../fleet/small_fleet.ts";
import { run, smallScenario } from "../scenario/small_run.ts";

/** Four requests a second for `chat`, whose answers take some 2 s: there are some in flight at any time. */
export const USERS = [{
  ...{ kind: "constant", name: "users", to: "chat", rps: 4 },
  prompt: { kind: "fixed", tokens: 100 },
  output: { kind: "fixed", tokens: 300 },
}];

export function faulty(fields: Readonly<Record<string, unknown>>) {
  const result = run(smallScenario(fields), { recordRequests: true });
  const { of, state } = result;
  const objects = (kind: string) =>
    Object.values(state.objects).filter((object) => object.kind === kind);
  return {
    ...result,
    objects,
    /** By the end: what the device plugins offer, by node. */
    allocatable: objects("Node").map(({ status }) =>
      Number((status!["allocatable"] as Record<string, string>)["nvidia.com/gpu"])
    ),
    /** By the end, by node. */
    cordoned: objects("Node").map(({ spec }) => spec!["unschedulable"] === true),
    /** Kubernetes Events of a reason, as `[second, name of the object]`. */
    told: (reason: string) =>
      of("event").filter((event) => event.reason === reason)
        .map(({ at, object }) => [at / SECOND, object.slice(object.lastIndexOf("/") + 1)] as const),
    /** Requests that arrived from one second to before another, by what became of them. */
    requests(from = 0, to = Infinity, service = "chat") {
      const rows = of("request").filter(({ arrivedUs }) =>
        arrivedUs >= from * SECOND && arrivedUs < to * SECOND
      ).filter((row) => row.service === service);
      const count = (outcome: string) => rows.filter((row) => row.outcome === outcome).length;
      return {
        completed: count("completed"),
        failed: count("failed"),
        rejected: count("rejected"),
      };
    },
    /** How many pods answered requests that arrived from one second to before another. */
    servers: (from: number, to: number) =>
      new Set(
        of("request").filter(({ arrivedUs, outcome }) =>
          outcome === "completed" && arrivedUs >= from * SECOND && arrivedUs < to * SECOND
        ).map(({ pod }) => pod),
      ).size,
    /** Restarts of the server's container of each pod that is there by the end. */
    restarts: objects("Pod").map(restartsOf),
  };
}

function restartsOf({ status }: KubeObject): number {
  const statuses = (status?.["containerStatuses"] ?? []) as unknown as {
    readonly name: string;
    readonly restartCount: number;
  }[];
  return statuses.find(({ name }) => name === "main")?.restartCount ?? 0;
}
