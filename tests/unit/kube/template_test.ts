// Tests of the templates: what Go would write, and what it would say of what it cannot.
import assert from "node:assert/strict";
import type { JsonObject } from "../../../src/kube/object.ts";
import { renderSpec } from "../../../src/kube/template.ts";
import type { TemplateContext } from "../../../src/kube/template_context.ts";
import fc from "../../fast_check.ts";

function context(spec: JsonObject, enableTLS = false): TemplateContext {
  return {
    objectMeta: { name: "chat", namespace: "search" },
    spec: { model: { uri: "hf://a/b", name: "b" }, ...spec },
    globalConfig: {
      systemNamespace: "kserve",
      ingressGatewayName: "kserve-ingress-gateway",
      ingressGatewayNamespace: "kserve",
      enableTLS,
      modelBasedRoutingHeaderName: "X-Gateway-Model-Name",
      inferencePoolNamespacedName: "search/chat-inference-pool",
    },
  };
}

function render(text: string, spec: JsonObject = {}, enableTLS = false): string {
  const rendered = renderSpec({ text }, context(spec, enableTLS));
  return rendered.problem ?? String(rendered.spec["text"]);
}

const IF_TLS = "{{ if .GlobalConfig.EnableTLS }}HTTPS{{else}}HTTP{{- end }}";
const PARALLEL = { parallelism: { tensor: 4, expert: true } };

for (
  const [text, expected, spec] of [
    ["{{ .ObjectMeta.Namespace }}/{{ .ObjectMeta.Name }}", "search/chat"],
    ["{{.Spec.Model.Name}}", "b"],
    ["{{ ChildName .ObjectMeta.Name `-epp-service` }}", "chat-epp-service"],
    [IF_TLS, "HTTP"],
    ["a {{ if .Spec.Prefill }}b{{ else if .Spec.Worker }}c{{ else }}d{{ end }}", "a d"],
    ["a {{ if .Spec.Prefill }}b{{ else if .Spec.Worker }}c{{ else }}d{{ end }}", "a c", {
      worker: {},
    }],
    ["{{ if .Spec.Prefill }}{{ if .Spec.Worker }}x{{ end }}y{{ end }}", "y", { prefill: {} }],
    // The ends of lines are JSON's by then, and stay.
    ["a \\\n   {{- if .Spec.Parallelism }} b{{- end }} \\\n c", "a \\\n \\\n c"],
    ["a \\\n   {{- if .Spec.Parallelism }} b{{- end }} \\\n c", "a \\\n b \\\n c", PARALLEL],
    ["{{ if .Spec.Parallelism.Expert -}}  x  {{- end }}", "x", PARALLEL],
    [
      "{{ if and .Spec.Parallelism .Spec.Parallelism.Tensor }}{{ .Spec.Parallelism.Tensor }}{{end}}",
      "",
    ],
    [
      "{{ if and .Spec.Parallelism .Spec.Parallelism.Tensor }}{{ .Spec.Parallelism.Tensor }}{{end}}",
      "4",
      PARALLEL,
    ],
    ["{{ or .Spec.Parallelism.Data 1 }}", "1", PARALLEL],
    ["{{ .Spec.Parallelism.Data }}", "<nil>", PARALLEL],
    ["{{ shutdownTimeout .Spec.Template 15 }}", "40"],
    ["{{ shutdownTimeout nil 15 }}", "40"],
    ["{{ shutdownTimeout .Spec.Template 15 }}", "80", {
      template: { terminationGracePeriodSeconds: 100 },
    }],
    ["{{ shutdownTimeout .Spec.Template 15 }}", "0", {
      template: { terminationGracePeriodSeconds: 3 },
    }],
    ["{{ kvTransferConfig .Spec.KVCacheOffloading }}", ""],
    ["{{/* nothing */}}x", "x"],
    ["no template }}", "no template }}"],
  ] as const
) {
  Deno.test(`renderSpec() renders ${JSON.stringify(text)} as ${JSON.stringify(expected)}`, () => {
    assert.equal(render(text, spec ?? {}), expected);
  });
}

Deno.test("renderSpec() quotes kvTransferConfig for a shell's text in quotation marks", () => {
  const config = {
    kv_connector: "OffloadingConnector",
    kv_connector_extra_config: {
      cpu_bytes_to_use: 2000,
      eviction_policy: "arc",
      spec_name: "TieringOffloadingSpec",
    },
    kv_role: "kv_both",
  };
  assert.equal(
    render("{{ kvTransferConfig .Spec.KVCacheOffloading }}", {
      kvCacheOffloading: { cpu: "2k", evictionPolicy: "arc" },
    }),
    `--kv-transfer-config '${JSON.stringify(config).replaceAll('"', '\\"')}'`,
  );
});

Deno.test("renderSpec() renders what the cluster's configuration says", () => {
  assert.equal(render(IF_TLS, {}, true), "HTTPS");
});

const PARSE = "failed to parse template config: template: config:1: ";
const EXECUTE = "failed to merge config: template: config:1: ";

for (
  const [text, expected] of [
    [
      "{{ .Spec.Parallelism.Data }}",
      `${EXECUTE}executing "config" at <.Spec.Parallelism.Data>: ` +
      "nil pointer evaluating *v1alpha2.ParallelismSpec.Data",
    ],
    [
      "{{ .Spec.Nothing }}",
      `${EXECUTE}executing "config" at <.Spec.Nothing>: cannot render the ` +
      "field Nothing: only what KServe's own presets use is rendered here",
    ],
    ["{{ upper .Spec.Model.Name }}", `${PARSE}function "upper" not defined`],
    [
      "{{ range .Spec.BaseRefs }}{{ end }}",
      `${PARSE}cannot render "range" in ` +
      "{{range .Spec.BaseRefs}}: only what KServe's own presets use is rendered here",
    ],
    [
      "{{ eq .Spec.Model.Name `b` }}",
      `${PARSE}cannot render "eq" in ` +
      "{{eq .Spec.Model.Name `b`}}: only what KServe's own presets use is rendered here",
    ],
    ['{{ ChildName .ObjectMeta.Name "-x" }}', `${PARSE}unexpected "\\\\" in operand`],
    [
      "{{ ChildName .ObjectMeta.Name }}",
      `${EXECUTE}executing "config" at <ChildName>: ` +
      "wrong number of args for ChildName: want 2 got 1",
    ],
    ["{{ .Spec.Model.Name | upper }}", `${PARSE}unexpected "|" in command`],
    ["{{ if .Spec.Prefill }}x", `${PARSE}unexpected EOF`],
    ["{{ end }}", `${PARSE}unexpected {{end}}`],
    ["{{ if .Spec.Prefill }}{{ else }}{{ else }}{{ end }}", `${PARSE}unexpected {{else}}`],
    ["x {{ .Spec", `${PARSE}unclosed action`],
    ["{{ }}", `${PARSE}missing value for command`],
  ] as const
) {
  Deno.test(`renderSpec() says of ${JSON.stringify(text)} what is wrong`, () => {
    assert.equal(render(text), expected);
  });
}

Deno.test("renderSpec() refuses a value that ends the JSON text it stands in", () => {
  const spec = { model: { uri: "hf://a/b", name: 'b", "x": "' } };
  assert.match(render("{{ .Spec.Model.Name }}", spec), /^failed to unmarshal config from template/);
});

Deno.test("renderSpec() leaves what has no template, and never throws", () => {
  const piece = fc.oneof(
    fc.string(),
    fc.constantFrom("{{", "}}", "{{ if ", "{{ end }}", "{{ else }}", ".Spec", "`", " - ", "and "),
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
    const spec = { list: ["a", { text: pieces.join("") }], kept: { b: 1 } };
    const rendered = renderSpec(spec, context({}));
    if (rendered.problem !== undefined) assert.match(rendered.problem, /^failed to /);
    else {
      assert.equal(rendered.spec["kept"], spec.kept);
      if (!spec.list[1]!.toString().includes("{{") && !pieces.join("").includes("{{")) {
        assert.equal(rendered.spec, spec);
      }
    }
  }));
});
