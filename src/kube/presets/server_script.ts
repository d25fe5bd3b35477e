// The shell scripts by which KServe's presets start vLLM, in our words and to the same effect.
//
// What differs from one image to another is decided where the container starts, by the version that vLLM
// says it is: that is why it is a script and no list of flags.

/** Where a script stands, and what it reads there. */
export interface ScriptPlace {
  /** The Go path of the workload whose parallelism it takes. */
  readonly workload: ".Spec" | ".Spec.Prefill";
  /** The Go field of its PodSpec, whose grace period bounds the shutdown. */
  readonly pod: "Template" | "Worker";
  readonly port: number;
  /** Undefined for a server that is one pod. */
  readonly rank?: "leader" | "worker";
  /** False for a server that answers to the model's own name alone. */
  readonly publisher?: boolean;
}

/** `preStop` sleeps so many seconds, which are not left to vLLM. */
export const PRE_STOP_SECONDS = 15;

/** Ports of `dataRPCPort` when nothing is said (kserve aaac4e2, config-llm-worker-data-parallel). */
const RPC_PORT = 5555;

/**
 * With KSERVE_INFER_ROCE=true, the network cards that have an active port of RoCE v2 become those of NCCL,
 * NVSHMEM and UCX, and of the GID indices for IPv4 the one that most of them have; 3 among equals. What is
 * set already stays.
 */
const ROCE = `if [ "$KSERVE_INFER_ROCE" = "true" ]; then
  kind=\${KSERVE_INFER_IB_GID_INDEX_GREP:-"RoCE v2"}
  names="" ports="" best="" most=0
  declare -A seen
  for card in /sys/class/infiniband/mlx5_*/ports/1; do
    grep -qs ACTIVE "$card/state" && grep -qs "$kind" "$card"/gid_attrs/types/* || continue
    name=$(basename "\${card%/ports/1}")
    names+="\${names:+,}$name" ports+="\${ports:+,}$name:1"
    for type in "$card"/gid_attrs/types/*; do
      index=$(basename "$type")
      if grep -qs "$kind" "$type" && grep -qs ffff: "$card/gids/$index"; then
        seen[$index]=$((\${seen[$index]:-0} + 1)); break
      fi
    done
  done
  for index in "\${!seen[@]}"; do
    if [ "\${seen[$index]}" -gt $most ]; then most=\${seen[$index]} best=$index; fi
  done
  if [ "\${seen[3]:-0}" -eq $most ] && [ $most -gt 0 ]; then best=3; fi
  if [ -n "$names" ]; then
    export NCCL_IB_HCA=\${NCCL_IB_HCA:-$names}
    export NVSHMEM_HCA_LIST=\${NVSHMEM_HCA_LIST:-$ports} UCX_NET_DEVICES=\${UCX_NET_DEVICES:-$ports}
    if [ -n "\${NCCL_IB_GID_INDEX:-$best}" ]; then
      export NCCL_IB_GID_INDEX=\${NCCL_IB_GID_INDEX:-$best}
      export NVSHMEM_IB_GID_INDEX=\${NVSHMEM_IB_GID_INDEX:-$NCCL_IB_GID_INDEX}
      export UCX_IB_GID_INDEX=\${UCX_IB_GID_INDEX:-$NCCL_IB_GID_INDEX}
    fi
  fi
  echo "RoCE: NCCL_IB_HCA=$NCCL_IB_HCA NCCL_IB_GID_INDEX=$NCCL_IB_GID_INDEX"
fi`;

/** ZMQ does not resolve names everywhere: the ranks get the leader's address, or else its name. */
const LEADER_ADDRESS = `tries=\${DP_ADDRESS_RESOLVE_ATTEMPTS:-30}
for ((i = 1; i <= tries; i++)); do
  DP_ADDRESS=$(getent hosts \${LWS_LEADER_ADDRESS} | cut -d' ' -f1)
  [ -n "$DP_ADDRESS" ] && break
  sleep 1
done
DP_ADDRESS=\${DP_ADDRESS:-\$LWS_LEADER_ADDRESS}`;

/** Flags that not all versions of vLLM have, each with its first (vLLM's pull requests 30011, 36666, 40020). */
function versionedFlags({ workload, pod }: ScriptPlace): string {
  const timeout = guarded(
    workload,
    `{{ shutdownTimeout ${workload}.${pod} ${PRE_STOP_SECONDS} }}`,
    `{{ shutdownTimeout nil ${PRE_STOP_SECONDS} }}`,
  );
  const transfer = guarded(workload, `{{ kvTransferConfig ${workload}.KVCacheOffloading }}`);
  return String.raw`VLLM_VERSION=$(vllm --version 2>/dev/null | tail -1 | awk '{print $NF}')
since() {
  [[ "$VLLM_VERSION" =~ ^[0-9]+\.[0-9]+ ]] &&
    [ "$(printf '%s\n' "$1" "$VLLM_VERSION" | sort -V | head -1)" = "$1" ]
}
ACCESS_LOG_ARGS="--disable-uvicorn-access-log" SHUTDOWN_TIMEOUT_ARGS="" KV_TRANSFER_ARGS=""
since 0.16.0 && ACCESS_LOG_ARGS="--disable-access-log-for-endpoints /health,/metrics,/ping"
since 0.18.0 && SHUTDOWN_TIMEOUT_ARGS="--shutdown-timeout ${timeout}"
[[ "$VLLM_ADDITIONAL_ARGS $*" =~ --kv[-_]transfer[-_]config ]] || {
  since 0.22.0 && KV_TRANSFER_ARGS="${transfer}"
}`;
}

/** A preset of prefill may be chosen by a config: then the service itself has no `prefill`. */
function guarded(workload: string, then: string, otherwise?: string): string {
  if (workload === ".Spec") return then;
  return `{{ if ${workload} }}${then}${
    otherwise === undefined ? "" : `{{ else }}${otherwise}`
  }{{ end }}`;
}

function parallelFlags({ workload, rank }: ScriptPlace): string[] {
  const at = `${workload}.Parallelism`;
  const tensor = `--tensor-parallel-size {{ ${at}.Tensor }}{{ end }}`;
  if (rank === undefined) {
    const known = workload === ".Spec" ? "" : `${workload} `;
    return [`{{ if and ${known}${at} ${at}.Tensor }}${tensor}`];
  }
  return [
    ...(rank === "leader" ? ["--api-server-count ${VLLM_API_SERVER_COUNT:-8}"] : []),
    `{{ if ${at}.Expert }}--enable-expert-parallel{{ end }}`,
    `{{ if ${at}.Tensor }}${tensor}`,
    `--data-parallel-size {{ or ${at}.Data 1 }}`,
    `--data-parallel-size-local {{ or ${at}.DataLocal 1 }}`,
    "--data-parallel-address ${DP_ADDRESS}",
    `--data-parallel-rpc-port {{ or ${at}.DataRPCPort ${RPC_PORT} }}`,
    "--data-parallel-start-rank $START_RANK",
    ...(rank === "worker" ? ["--headless"] : []),
  ];
}

/** All of it: a text that a template renders and `/bin/bash -c` runs, its arguments being vLLM's. */
export function serverScript(place: ScriptPlace): string {
  const { workload, rank, port, publisher = true } = place;
  const startRank = rank === "leader"
    ? "START_RANK=0"
    : `START_RANK=$((\${LWS_WORKER_INDEX:-0} * {{ or ${workload}.Parallelism.DataLocal 1 }}))`;
  const name = "{{ .Spec.Model.Name }}";
  const published = ` "publishers/{{ .ObjectMeta.Namespace }}/models/${name}"`;
  const flags = [
    "exec vllm serve /mnt/models",
    `--served-model-name "${name}"${publisher ? published : ""}`,
    `--port ${port}`,
    ...(rank === undefined ? [] : parallelFlags(place)),
    "${ACCESS_LOG_ARGS}",
    "${SHUTDOWN_TIMEOUT_ARGS}",
    "${KV_TRANSFER_ARGS}",
    ...(rank === undefined ? parallelFlags(place) : []),
    "{{ if .GlobalConfig.EnableTLS }}--enable-ssl-refresh{{ end }}",
    "{{ if .GlobalConfig.EnableTLS }}--ssl-certfile /var/run/kserve/tls/tls.crt{{ end }}",
    "{{ if .GlobalConfig.EnableTLS }}--ssl-keyfile /var/run/kserve/tls/tls.key{{ end }}",
    "${VLLM_ADDITIONAL_ARGS}",
    "$@",
  ];
  return [
    ...(rank === undefined ? [] : [LEADER_ADDRESS]),
    ROCE,
    ...(rank === undefined ? [] : [startRank]),
    versionedFlags(place),
    `eval "${flags.join(" \\\n  ")}"`,
  ].join("\n");
}
