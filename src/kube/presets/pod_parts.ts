// Parts that the pods of several presets have in common: probes, security, TLS. Values of kserve aaac4e2.

import type { JsonObject } from "../object.ts";

/** In the scheme that the cluster's configuration says. */
export function healthProbe(
  port: number | string,
  timing: Readonly<Record<string, number>>,
  path = "/health",
): JsonObject {
  const scheme = "{{ if .GlobalConfig.EnableTLS }}HTTPS{{ else }}HTTP{{ end }}";
  return { httpGet: { path, port, scheme }, ...timing };
}

/** Without privileges; `add` are the capabilities that it keeps. */
export function restricted(options: {
  readonly readOnlyRoot: boolean;
  readonly root?: boolean;
  readonly add?: readonly string[];
  readonly seccomp?: boolean;
}): JsonObject {
  const { readOnlyRoot, root = false, add, seccomp = true } = options;
  return {
    allowPrivilegeEscalation: false,
    readOnlyRootFilesystem: readOnlyRoot,
    runAsNonRoot: !root,
    capabilities: { ...(add && { add }), drop: ["ALL"] },
    ...(seccomp && { seccompProfile: { type: "RuntimeDefault" } }),
  };
}

export function termination(policy: "FallbackToLogsOnError" | "File" = "FallbackToLogsOnError") {
  return { terminationMessagePath: "/dev/termination-log", terminationMessagePolicy: policy };
}

/** Sleeps in the container before it is told to end. */
export function preStopSleep(seconds: number): JsonObject {
  return { preStop: { exec: { command: ["/bin/sleep", String(seconds)] } } };
}

export const TLS_MOUNT = { mountPath: "/var/run/kserve/tls", name: "tls-certs", readOnly: true };

export const TLS_VOLUME = {
  name: "tls-certs",
  secret: { secretName: "{{ ChildName .ObjectMeta.Name `-kserve-self-signed-certs` }}" },
};

/** Where Go's TLS looks for authorities. */
export const CERTIFICATES = {
  name: "SSL_CERT_DIR",
  value: "/var/run/kserve/tls:/var/run/secrets/kubernetes.io/serviceaccount:/etc/pki/tls/certs",
};

export function variables(values: Readonly<Record<string, string>>) {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}
