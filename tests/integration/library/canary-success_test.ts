import { testLibrary } from "./library.ts";

testLibrary("canary-success", {
  controls: {
    "with a configuration that cannot keep up":
      "rollouts: original.rollouts.map((each) => ({ ...each, to: { args: ['--max-num-seqs=2'] } }))",
    "when a person aborts it":
      "changes: [{ kind: 'act', act: 'abort', service: 'qwen2-5-7b', when: '9m' }]",
  },
});
