// Reasons of the Kubernetes Events that the simulation can tell: one that is not here cannot be told.

/** By who tells them, in the words of each. */
export const EVENT_REASONS = [
  // kube-scheduler
  ...["Scheduled", "FailedScheduling"] as const,
  // kubelet, of pods
  ...["Pulling", "Pulled", "Created", "Started", "Killing", "BackOff", "Failed"] as const,
  ...["InspectFailed", "FailedMount", "Unhealthy", "Evicted", "SandboxChanged"] as const,
  // kubelet and the controllers of nodes
  ...["Starting", "RegisteredNode", "RemovingNode", "NodeReady", "NodeNotReady"] as const,
  ...["NodeSchedulable", "NodeNotSchedulable", "TaintManagerEviction"] as const,
  ...["EvictionThresholdMet", "NodeHasInsufficientMemory", "NodeHasSufficientMemory"] as const,
  ...["NodeHasDiskPressure", "NodeHasNoDiskPressure"] as const,
  // controllers of workloads
  ...["ScalingReplicaSet", "FailedCreate"] as const,
  ...["CreatingRevision", "AllGroupsReady", "GroupsProgressing", "GroupsUpdating"] as const,
  // KServe; Created and Deleted of what a service owns
  ...["LLMInferenceServiceReady", "LLMInferenceServiceNotReady", "MemberDivergence"] as const,
  ...["Deleted", "Error"] as const,
  // autoscalers
  ...["SuccessfulRescale", "FailedComputeMetricsReplicas", "FailedGetExternalMetric"] as const,
  ...["KEDAScalersStarted", "ScaledObjectReady", "KEDAScalerFailed"] as const,
  ...["KEDAScaleTargetActivated", "KEDAScaleTargetDeactivated"] as const,
  // rollouts, in Argo's words
  ...["RolloutUpdated", "RolloutStepCompleted", "RolloutCompleted", "RolloutAborted"] as const,
  ...["RolloutUndone", "ProgressDeadlineExceeded", "TrafficWeightUpdated"] as const,
  ...["AnalysisRunFailed", "AnalysisRunError", "AnalysisRunInconclusive"] as const,
  // what watches GPUs and machines
  ...["XidCriticalError", "NodeDrain", "GPUReset", "GPUDiagnostics", "GPUHealthy"] as const,
  "SpotInterruption",
] as const;

export type EventReason = (typeof EVENT_REASONS)[number];
