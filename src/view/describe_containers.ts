// The containers of a pod or of a template in full, as kubectl describes them, with their states.
//
// After kubectl's pkg/describe/describe.go, describeContainers.

import type { Json, JsonObject, KubeObject } from "../kube/object.ts";
import { environmentRows } from "./describe_environment.ts";
import { listOf, mapOf, optionalRow, textOf, timeText } from "./describe_parts.ts";
import { sortedEntries } from "./go_value.ts";

type Rows = string[][];

export interface ContainerScope {
  readonly statuses: readonly Json[];
  /** Whose fields the environment may name; a template has none yet. */
  readonly pod: KubeObject | undefined;
  /** A template's containers stand further in. */
  readonly isTemplate: boolean;
}

export function containerRows(
  label: string,
  containers: readonly Json[],
  { statuses, pod, isTemplate }: ContainerScope,
): Rows {
  const [before, name] = isTemplate ? ["  ", "   "] : ["", "  "];
  if (containers.length === 0) return [[`${before}${label}: <none>`]];
  const known = new Map(statuses.map(mapOf).map((status) => [status["name"], status]));
  return [
    [`${before}${label}:`],
    ...containers.map(mapOf).flatMap((container) => {
      const status = known.get(container["name"]!);
      return [
        [`${name}${textOf(container["name"])}:`],
        ...basicRows(container, status),
        ...commandRows("Command", container["command"]),
        ...commandRows("Args", container["args"]),
        ...(status ? stateRows(status) : []),
        ...resourceRows("Limits", mapOf(container["resources"])["limits"]),
        ...resourceRows("Requests", mapOf(container["resources"])["requests"]),
        ...probeRows("Liveness", container["livenessProbe"]),
        ...probeRows("Readiness", container["readinessProbe"]),
        ...probeRows("Startup", container["startupProbe"]),
        ...environmentRows(container, pod),
        ...mountRows(listOf(container["volumeMounts"])),
      ];
    }),
  ];
}

function basicRows(container: JsonObject, status: JsonObject | undefined): Rows {
  const ports = listOf(container["ports"]).map(mapOf);
  const profile = mapOf(mapOf(container["securityContext"])["seccompProfile"]);
  return [
    ...(status ? [["    Container ID:", textOf(status["containerID"])]] : []),
    ["    Image:", textOf(container["image"])],
    ...(status ? [["    Image ID:", textOf(status["imageID"])]] : []),
    portRow("Port", ports, "containerPort"),
    portRow("Host Port", ports, "hostPort"),
    ...optionalRow("    SeccompProfile:", profile["type"]),
  ];
}

function portRow(title: string, ports: readonly JsonObject[], field: string): string[] {
  const text = ports.map((port) =>
    `${textOf(port[field] ?? 0)}/${textOf(port["protocol"] ?? "TCP")}`
  ).join(", ");
  return [`    ${title}${ports.length > 1 ? "s" : ""}:`, text || "<none>"];
}

function commandRows(title: string, words: Json | undefined): Rows {
  const lines = listOf(words).flatMap((word) => textOf(word).split("\n"));
  return lines.length === 0 ? [] : [[`    ${title}:`], ...lines.map((line) => [`      ${line}`])];
}

function stateRows(status: JsonObject): Rows {
  const last = mapOf(status["lastState"]);
  return [
    ...stateOf("State", mapOf(status["state"])),
    ...(last["terminated"] === undefined ? [] : stateOf("Last State", last)),
    ["    Ready:", status["ready"] === true ? "True" : "False"],
    ["    Restart Count:", textOf(status["restartCount"] ?? 0)],
  ];
}

function stateOf(title: string, { running, waiting, terminated }: JsonObject): Rows {
  const inner = (name: string, value: Json | undefined) => optionalRow(`      ${name}:`, value);
  const time = (name: string, value: Json | undefined) =>
    value === undefined ? [] : inner(name, timeText(value));
  if (running !== undefined) {
    return [[`    ${title}:`, "Running"], ...time("Started", mapOf(running)["startedAt"])];
  }
  if (terminated === undefined) {
    return [[`    ${title}:`, "Waiting"], ...inner("Reason", mapOf(waiting)["reason"])];
  }
  const { reason, message, exitCode, signal, startedAt, finishedAt } = mapOf(terminated);
  return [
    [`    ${title}:`, "Terminated"],
    ...inner("Reason", reason),
    ...inner("Message", message),
    ...inner("Exit Code", exitCode ?? 0),
    ...inner("Signal", signal === 0 ? undefined : signal),
    ...time("Started", startedAt),
    ...time("Finished", finishedAt),
  ];
}

function resourceRows(title: string, resources: Json | undefined): Rows {
  const entries = sortedEntries(mapOf(resources));
  if (entries.length === 0) return [];
  return [
    [`    ${title}:`],
    ...entries.map(([name, amount]) => [`      ${name}:`, textOf(amount)]),
  ];
}

/** What the API server fills in where a probe does not say it (core/v1 Probe). */
const PROBE_DEFAULTS = {
  initialDelaySeconds: 0,
  timeoutSeconds: 1,
  periodSeconds: 10,
  successThreshold: 1,
  failureThreshold: 3,
};

function probeRows(title: string, value: Json | undefined): Rows {
  if (value === undefined) return [];
  const probe = { ...PROBE_DEFAULTS, ...mapOf(value) };
  const often = `delay=${probe.initialDelaySeconds}s timeout=${probe.timeoutSeconds}s ` +
    `period=${probe.periodSeconds}s #success=${probe.successThreshold} ` +
    `#failure=${probe.failureThreshold}`;
  return [[`    ${title}:`, `${handlerText(probe)} ${often}`]];
}

function handlerText({ exec, httpGet, tcpSocket, grpc }: JsonObject): string {
  if (exec !== undefined) return `exec ${textOf(listOf(mapOf(exec)["command"]))}`;
  if (httpGet !== undefined) {
    const { scheme = "HTTP", host = "", port, path = "" } = mapOf(httpGet);
    return `http-get ${textOf(scheme).toLowerCase()}://${textOf(host)}:${textOf(port)}${
      textOf(path)
    }`;
  }
  if (tcpSocket !== undefined) {
    const { host = "", port } = mapOf(tcpSocket);
    return `tcp-socket ${textOf(host)}:${textOf(port)}`;
  }
  if (grpc === undefined) return "unknown";
  const { port, service = "" } = mapOf(grpc);
  return `grpc <pod>:${textOf(port)} ${textOf(service)}`;
}

function mountRows(mounts: readonly Json[]): Rows {
  if (mounts.length === 0) return [["    Mounts:", "<none>"]];
  const rows = mounts.map(mapOf).map(({ mountPath, name, readOnly, subPath }) => {
    const flags = [readOnly === true ? "ro" : "rw"];
    if (textOf(subPath) !== "") flags.push(`path=${JSON.stringify(textOf(subPath))}`);
    return [`      ${textOf(mountPath)} from ${textOf(name)} (${flags.join(",")})`];
  });
  return [["    Mounts:"], ...rows.sort(([a], [b]) => a! < b! ? -1 : 1)];
}
