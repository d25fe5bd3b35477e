import assert from "node:assert/strict";
import { CelError, type CelMap, parseCel } from "../../../../src/fleet/scheduling/cel.ts";
import fc from "../../../fast_check.ts";

const GIB = 2 ** 30;
const DEVICE: CelMap = {
  device: {
    driver: "gpu.nvidia.com",
    attributes: { "gpu.nvidia.com": { type: "gpu", productName: "H100-SXM", index: 3, ecc: true } },
    capacity: { "gpu.nvidia.com": { memory: { quantity: 79 * GIB } } },
  },
};
const value = (text: string) => parseCel(text)(DEVICE);

Deno.test("parseCel() reads what selectors of devices say", () => {
  const of = "device.attributes['gpu.nvidia.com']";
  const memory = "device.capacity['gpu.nvidia.com'].memory";
  const cases: [string, boolean][] = [
    ["device.driver == 'gpu.nvidia.com'", true],
    [`${of}['type'] == 'A100'`, false],
    [`${of}.type == "gpu" && ${of}.index >= 3`, true],
    [`${of}.index < 3 || ${of}.ecc`, true],
    [`!(${of}.index != 3)`, true],
    [`${of}.index == -3`, false],
    [`${memory}.compareTo(quantity('40Gi')) >= 0`, true],
    [`${memory}.isGreaterThan(quantity("79Gi"))`, false],
    [`${memory}.isLessThan(quantity("80Gi"))`, true],
    [`${of}.productName.startsWith('H100') && ${of}.productName.matches('SXM$')`, true],
    [`${of}.productName in ['A100', 'H100-SXM']`, true],
    [`'type' in ${of}`, true],
    [`has(${of}.uuid)`, false],
    [`has(${of}.uuid) && ${of}.uuid == 'x'`, false],
    ["size('abc') == 3", true],
  ];
  for (const [text, expected] of cases) assert.equal(value(text), expected, text);
});

Deno.test("parseCel() names what it cannot read", () => {
  const cases: [string, RegExp][] = [
    ["device.driver ==", /^Syntax error: extraneous input '<EOF>'$/],
    ["(device.driver", /mismatched input '<EOF>' expecting \)/],
    ["device.driver == 'a'\ndevice.driver == 'b'", /mismatched input 'device' expecting <EOF>/],
    ["device.driver = 'a'", /token recognition error at: '= 'a''|token recognition error/],
    ["device.attributes.all(x, true)", /^undeclared reference to 'all' \(in container ''\)$/],
    ["1 + 1 == 2", /token recognition error/],
  ];
  for (const [text, message] of cases) assert.throws(() => parseCel(text), { message });
});

Deno.test("parseCel() names what it cannot evaluate, as CEL does", () => {
  const cases: [string, string][] = [
    ["device.attributes['gpu.amd.com'].type == 'gpu'", "no such key: gpu.amd.com"],
    ["machine.driver == 'x'", "undeclared reference to 'machine' (in container '')"],
    ["device.driver && true", "no such overload"],
    ["device.driver < 3", "no such overload"],
    ["device.driver.compareTo(quantity('1'))", "no such overload"],
    [
      "quantity('many').compareTo(quantity('1')) > 0",
      "quantities must match the regular expression",
    ],
    ["device.driver.matches('(')", "error parsing regexp: ("],
  ];
  for (const [text, message] of cases) assert.throws(() => value(text), { message });
});

Deno.test("parseCel() throws nothing but its own error, whatever it reads", () => {
  const piece = fc.constantFrom(
    ...[
      "device",
      ".",
      "['",
      "']",
      "==",
      "&&",
      "!",
      "(",
      ")",
      "'a'",
      "1",
      "has",
      "quantity",
      ",",
      "in",
    ],
  );
  fc.assert(fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
    try {
      value(pieces.join(" "));
    } catch (error) {
      assert.ok(error instanceof CelError, String(error));
    }
  }));
});
