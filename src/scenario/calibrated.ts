// Which coefficients a service's engines run with: calibrations of the scenario's own before those of mtop.

import { type SavedCalibration, vectorsFor } from "../calibration/saved_calibration.ts";
import type { ServingPlan } from "../fleet/engine_limits.ts";
import type { ServicePlan } from "../fleet/fleet_plan.ts";
import type { NodeKinds } from "../fleet/node_kinds.ts";
import type { NodePlan } from "../fleet/nodes.ts";
import {
  type CalibrationError,
  coefficientsOf,
  type CoefficientVector,
} from "../serving/coefficients.ts";
import type { GpuFacts } from "../serving/gpus.ts";
import type { Problem } from "./problem.ts";

/** The service with the coefficients that were fitted to engines like its own. */
export function withCalibrations(
  service: ServicePlan,
  calibrations: readonly SavedCalibration[],
): ServicePlan {
  const { serving, prefill } = service;
  return {
    ...service,
    ...(serving && { serving: withVectors(serving, calibrations) }),
    ...(prefill && { prefill: withVectors(prefill, calibrations) }),
  };
}

function withVectors(serving: ServingPlan, calibrations: readonly SavedCalibration[]): ServingPlan {
  const vectors = vectorsFor(calibrations, serving.model, serving.tensorParallel);
  return vectors.length === 0 ? serving : { ...serving, vectors };
}

/** Calibrations that no service has anything of. */
export function unusedCalibrations(
  calibrations: readonly SavedCalibration[],
  services: readonly ServicePlan[],
  nodes: readonly NodePlan[],
): Problem[] {
  const engines = services.flatMap(({ serving, prefill }) => [serving, prefill])
    .filter((each) => each !== undefined);
  return calibrations.flatMap((calibration, index) => {
    const { model, gpu, tensorParallel } = calibration;
    const isUsed = nodes.some((node) => node.gpu?.name === gpu) &&
      engines.some((engine) =>
        vectorsFor([calibration], engine.model, engine.tensorParallel).length > 0
      );
    if (isUsed) return [];
    const message = `The calibration of ${model} on ${tensorParallel} ${gpu} is of no service here`;
    return [{ path: `calibrations[${index}]`, message }];
  });
}

/** What stands beside a service's figures. */
export interface ServiceCalibration {
  readonly state: "calibrated" | "uncalibrated" | "not simulated";
  /** Of several vectors, the worst of each figure. */
  readonly error?: CalibrationError;
}

/**
 * A service is calibrated when its engines are on any GPU that they may come to be on. No slice of a GPU
 * was measured, and none that pods take turns on.
 */
export function calibrationOf(
  { serving, prefill, workloads }: Pick<ServicePlan, "serving" | "prefill" | "workloads">,
  nodes: NodeKinds,
): ServiceCalibration {
  if (!serving) return { state: "not simulated" };
  const [main] = workloads;
  const other = workloads.find(({ role }) => role === "prefill");
  const vectors = [
    ...nodes.facts(main.needs).map((gpu) => vectorOn(gpu, serving)),
    ...(prefill && other ? nodes.facts(other.needs).map((gpu) => vectorOn(gpu, prefill)) : []),
  ];
  const isShared = [main, ...(other ? [other] : [])].some(({ needs }) =>
    nodes.holding(needs).some(({ turns = 1 }) => turns > 1)
  );
  if (isShared) return { state: "uncalibrated" };
  const isCalibrated = vectors.every((vector) => vector?.calibration === "calibrated");
  if (!isCalibrated) return { state: "uncalibrated" };
  const errors = vectors.map((vector) => vector?.error).filter((error) => error !== undefined);
  return errors.length < vectors.length
    ? { state: "calibrated" }
    : { state: "calibrated", ...(errors.length > 0 ? { error: worst(errors) } : {}) };
}

function vectorOn(
  gpu: GpuFacts | undefined,
  { vectors }: ServingPlan,
): CoefficientVector | undefined {
  return gpu && gpu.sliceOf === undefined ? coefficientsOf(gpu, vectors) : undefined;
}

function worst(errors: readonly CalibrationError[]): CalibrationError {
  const most = (key: "ttftPpm" | "tpotPpm" | "e2ePpm") => {
    const values = errors.flatMap((error) => error[key] ?? []);
    // A figure that one of them was not held against is unknown of all.
    return values.length === errors.length ? { [key]: Math.max(...values) } : {};
  };
  return {
    ...most("ttftPpm"),
    ...most("tpotPpm"),
    ...most("e2ePpm"),
    runs: Math.min(...errors.map(({ runs }) => runs)),
  };
}
