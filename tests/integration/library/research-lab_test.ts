import { testLibrary } from "./library.ts";

const changed = (spec: string) =>
  `services: original.services.map((each) => ({ ...each, spec: { ...each.spec, ${spec} } }))`;
const flags = '["--max-model-len=32768", "--no-enable-prefix-caching"]';
const containers = `each.spec.template.containers.map((main) => ({ ...main, args: ${flags} }))`;

testLibrary("research-lab", {
  controls: {
    "without prefix caching": changed(
      `kvCacheOffloading: undefined, template: { containers: ${containers} }`,
    ),
    "with a GPU for all of the time": changed("scaling: undefined, replicas: 1"),
  },
});
