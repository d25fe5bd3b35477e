import { testLibrary } from "./library.ts";

const changed = (spec: string) =>
  `services: original.services.map((each) => ({ ...each, spec: { ...each.spec, ${spec} } }))`;

testLibrary("scale-to-zero", {
  controls: {
    "without flow control, where nobody may wait and wake it": changed(
      "router: { route: {}, gateway: {}, scheduler: {} }",
    ),
    "with a replica that stays": changed("scaling: undefined, replicas: 1"),
  },
});
