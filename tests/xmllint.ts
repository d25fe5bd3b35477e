// libxml2 for the tests. It is named here and not in deno.json, whose packages every scenario fetches.

export { validateXML } from "npm:xmllint-wasm@5.3.0";
