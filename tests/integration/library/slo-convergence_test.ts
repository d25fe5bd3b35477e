import { testLibrary } from "./library.ts";

const changed = (change: string) =>
  `services: original.services.map(({ spec: { scaling, ...spec }, ...rest }) => (` +
  `{ ...rest, spec: { ...spec, ${change} } }))`;

testLibrary("slo-convergence", {
  controls: {
    "without the autoscaler": changed("replicas: 2"),
    "without the patience of its scaling down": changed(
      "scaling: { ...scaling, keda: { ...scaling.keda, advanced: { horizontalPodAutoscalerConfig: { behavior: { " +
        "scaleDown: { stabilizationWindowSeconds: 0 } } } } } }",
    ),
  },
});
