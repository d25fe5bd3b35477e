// fast-check for the tests. It is named here and not in deno.json, whose packages every scenario fetches.

export { default } from "npm:fast-check@4.10.2";
