// Kubernetes' quantities of resources (`resource.Quantity`) as numbers; it knows no resource by name.

const UNITS: Readonly<Record<string, number>> = {
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  "": 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** apimachinery's pkg/api/resource/quantity.go: sign, digits, then a suffix or an exponent. */
const QUANTITY = /^([+-]?(?:\d+(?:\.\d*)?|\.\d+))(?:([numkMGTPE]|[KMGTPE]i)|[eE]([+-]?\d{1,3}))?$/;

/** `"250m"` is 0.25, `"2Gi"` 2147483648; undefined for what is no quantity. */
export function parseQuantity(quantity: unknown): number | undefined {
  if (typeof quantity === "number") return Number.isFinite(quantity) ? quantity : undefined;
  if (typeof quantity !== "string") return undefined;
  const match = QUANTITY.exec(quantity);
  if (!match) return undefined;
  const [, digits, unit = "", exponent] = match;
  return exponent === undefined
    ? Number(digits) * UNITS[unit]!
    : Number(`${Number(digits)}e${exponent}`);
}

const BINARY: readonly [string, number][] = [
  ["Pi", 2 ** 50],
  ["Ti", 2 ** 40],
  ["Gi", 2 ** 30],
  ["Mi", 2 ** 20],
  ["Ki", 2 ** 10],
];

/** Bytes in the largest binary unit that divides them: 2147483648 is `2Gi`. */
export function formatBytes(bytes: number): string {
  const [unit, size] = BINARY.find(([, size]) => bytes !== 0 && bytes % size === 0) ?? ["", 1];
  return `${bytes / size}${unit}`;
}

/** Thousandths as the API writes them: 1500 is `1500m`, 2000 is `2`. */
export function formatMilli(milli: number): string {
  return milli % 1000 === 0 ? String(milli / 1000) : `${milli}m`;
}
