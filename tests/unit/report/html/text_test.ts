import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { pageScript } from "../../../../src/report/html/page_script.ts";
import { clipped, escapeHtml, jsonIsland } from "../../../../src/report/html/text.ts";
import fc from "../../../fast_check.ts";

Deno.test("jsonIsland() reads back as it was and holds nothing that ends a script", () => {
  fc.assert(fc.property(fc.jsonValue(), (value) => {
    const island = jsonIsland(value);
    deepStrictEqual(JSON.parse(island), JSON.parse(JSON.stringify(value)));
    ok(!/[<>&\u2028\u2029]/.test(island));
  }));
  const hostile = "</script><!--\u2028]]>";
  strictEqual(JSON.parse(jsonIsland(hostile)), hostile);
  ok(!/[<>&\u2028\u2029]/.test(jsonIsland(hostile)));
});

Deno.test("escapeHtml() leaves no character that is markup, none without a glyph, none that turns text", () => {
  fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
    // deno-lint-ignore no-control-regex
    ok(!/[<>"'\x00-\x08\x7f-\x9f\u202a-\u202e\u2066-\u2069]/.test(escapeHtml(text)));
  }));
  strictEqual(escapeHtml(`<a href="x">'&`), "&lt;a href=&quot;x&quot;&gt;&#39;&amp;");
  strictEqual(escapeHtml("gpu\u202egnp.exe"), "gpu\ufffdgnp.exe");
});

Deno.test("clipped() keeps what people write and cuts what fills a page", () => {
  strictEqual(clipped("Xid 79"), "Xid 79");
  strictEqual(
    clipped("pod\u202e\u0000"),
    "pod\ufffd\ufffd",
    "a name must not turn the row around it",
  );
  strictEqual(clipped("x".repeat(10_000)).length, 401);
});

Deno.test("pageScript() is one script that parses, without a module's words and without an end tag", () => {
  const script = pageScript();
  // Only parsed: there is no document here to run it on.
  ok(new Function(script));
  ok(!/^(import|export) /m.test(script));
  ok(!script.includes("</script"));
  ok(script.includes("https://github.com/leeoniya/uPlot"));
  ok(script.includes("The above copyright notice and this permission notice shall be included"));
});
