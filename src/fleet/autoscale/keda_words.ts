// KEDA's reasons and messages, as its ScaledObjects' conditions have them.

export const READY = {
  reason: "ScaledObjectReady",
  message: "ScaledObject is defined correctly and is ready for scaling",
};
export const SOME_FAIL = {
  reason: "PartialTriggerError",
  message: "Some triggers defined in ScaledObject are not working correctly",
};
export const ALL_FAIL = {
  reason: "TriggerError",
  message: "Triggers defined in ScaledObject are not working correctly",
};
export const ACTIVE = {
  reason: "ScalerActive",
  message: "Scaling is performed because triggers are active",
};
export const NOT_ACTIVE = {
  reason: "ScalerNotActive",
  message: "Scaling is not performed because triggers are not active",
};
export const COOLING = {
  reason: "ScalerCooldown",
  message: "Scaler cooling down because triggers are not active",
};
export const FALLING_BACK = {
  reason: "FallbackExists",
  message: "At least one trigger is falling back on this scaled object",
};
export const NO_FALLBACK = {
  reason: "NoFallbackFound",
  message: "No fallbacks are active on this scaled object",
};
