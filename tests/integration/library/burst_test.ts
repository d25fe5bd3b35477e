import { testLibrary } from "./library.ts";

testLibrary("burst", {
  controls: {
    "without the endpoint picker": "services: original.expect[4].than.services",
    "without half of the servers":
      "services: original.services.map(({ spec, ...rest }) => ({ ...rest, spec: { ...spec, replicas: 2 } }))",
  },
});
