import { testLibrary } from "./library.ts";

const onNodes = (node: string) => `cluster: { nodes: [{ count: 1, ${node} }] }`;

testLibrary("startup", {
  controls: {
    "with a GPU for each model": onNodes('gpus: "2xH100-SXM"'),
    "in slices of a seventh": onNodes(
      'gpus: "1xH100-SXM", mig: "all-1g.20gb", migStrategy: "single"',
    ),
  },
});
