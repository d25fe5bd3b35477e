// kube-controller-manager's reasons and messages of an HPA, and KServe's of one that has said nothing yet.

export const NO_CONDITIONS = {
  reason: "HPAProgressing",
  message: "HPA conditions not yet available",
};
export const GOT_SCALE = {
  reason: "SucceededGetScale",
  message: "the HPA controller was able to get the target's current scale",
};
export const DISABLED = {
  reason: "ScalingDisabled",
  message: "scaling is disabled since the replica count of the target is zero",
};
export const ABOVE_MAX = "Current number of replicas above Spec.MaxReplicas";
export const BELOW_MIN = "Current number of replicas below Spec.MinReplicas";
export const FAILED = "FailedGetExternalMetric";
