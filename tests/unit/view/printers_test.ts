import assert from "node:assert/strict";
import type { KubeObject } from "../../../src/kube/object.ts";
import { findResource, type Resource } from "../../../src/kube/resources.ts";
import { type PrintOptions, resourceTable } from "../../../src/view/printers.ts";

const NOW = { nowUs: 60_000_000 };
const CREATED = { creationTimestamp: "2026-01-01T00:00:00Z" };

function table(type: string, objects: readonly object[], options: Partial<PrintOptions> = {}) {
  const resource = findResource(type) as Resource;
  return resourceTable(resource, objects as readonly KubeObject[], { ...NOW, ...options });
}

Deno.test("resourceTable() prints nodes with what keeps pods off, and their roles", () => {
  const node = (name: string, rest: object) => ({ metadata: { name, ...CREATED }, ...rest });
  const ready = { status: { conditions: [{ type: "Ready", status: "True" }] } };
  const lost = { status: { conditions: [{ type: "Ready", status: "Unknown" }] } };
  const lines = table("nodes", [
    node("a", { ...ready, spec: { unschedulable: true } }),
    node("b", lost),
    {
      ...node("c", {}),
      metadata: {
        name: "c",
        labels: { "node-role.kubernetes.io/worker": "", "kubernetes.io/role": "gpu" },
      },
    },
  ]);
  assert.deepEqual(lines, [
    "NAME   STATUS                     ROLES        AGE         VERSION",
    "a      Ready,SchedulingDisabled   <none>       60s         ",
    "b      NotReady                   <none>       60s         ",
    "c      Unknown                    gpu,worker   <unknown>   ",
  ]);
});

Deno.test("resourceTable() prints deployments and the containers of wide ones", () => {
  const lines = table("deploy", [{
    metadata: { name: "d", ...CREATED },
    spec: {
      replicas: 3,
      selector: { matchLabels: { b: "2", a: "1" } },
      template: {
        spec: { containers: [{ name: "main", image: "vllm" }, { name: "x", image: "y" }] },
      },
    },
    status: { readyReplicas: 1, updatedReplicas: 2, availableReplicas: 1 },
  }], { wide: true });
  assert.deepEqual(lines, [
    "NAME   READY   UP-TO-DATE   AVAILABLE   AGE   CONTAINERS   IMAGES   SELECTOR",
    "d      1/3     2            1           60s   main,x       vllm,y   a=1,b=2",
  ]);
});

Deno.test("resourceTable() prints services, leaderworkersets, pools and routes", () => {
  const metadata = { name: "x", ...CREATED };
  const ports = [{ port: 80, nodePort: 30080 }, { port: 9002, protocol: "UDP" }];
  assert.deepEqual(table("svc", [{ metadata, spec: { clusterIP: "10.0.0.1", ports } }]), [
    "NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)                 AGE",
    "x      ClusterIP   10.0.0.1     <none>        80:30080/TCP,9002/UDP   60s",
  ]);
  const lws = { metadata, spec: { replicas: 2 }, status: { readyReplicas: 1 } };
  assert.deepEqual(table("lws", [lws]), [
    "NAME   READY   DESIRED   UP-TO-DATE   AGE",
    "x      1       2                      60s",
  ]);
  assert.deepEqual(table("infpool", [{ metadata }]), ["NAME   AGE", "x      60s"]);
  assert.deepEqual(table("httproutes", [{ metadata, spec: { hostnames: ["a", "b"] } }]), [
    "NAME   HOSTNAMES   AGE",
    'x      ["a","b"]   60s',
  ]);
});

const SERVICE = {
  metadata: { name: "llama", namespace: "prod", ...CREATED },
  status: {
    url: "http://gateway.example/prod/llama",
    conditions: [{ type: "Ready", status: "False", reason: "Stopped" }],
  },
};

Deno.test("resourceTable() leaves URL, then REASON out on a narrow terminal, and wraps never", () => {
  const narrow = (width: number) => table("llmisvc", [SERVICE], { namespaces: true, width });
  assert.equal(
    narrow(100)[0],
    "NAMESPACE   NAME    URL                                 READY   REASON    AGE",
  );
  assert.deepEqual(narrow(60), [
    "NAMESPACE   NAME    READY   REASON    AGE",
    "prod        llama   False   Stopped   60s",
  ]);
  assert.deepEqual(narrow(40), [
    "NAMESPACE   NAME    READY   AGE",
    "prod        llama   False   60s",
  ]);
  for (let width = 1; width < 120; width++) {
    for (const line of narrow(width)) assert.ok(line.length <= width, `${width}: ${line}`);
  }
});
