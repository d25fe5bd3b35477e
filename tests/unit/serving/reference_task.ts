// What the reference engine is asked, what it keeps of a request and what it tells of it: data alone.
import type { CountedLoad } from "../../../src/metrics/load_window.ts";
import type { EngineLimits } from "../../../src/serving/limits.ts";
import type { ReferenceBlock } from "./block_pool_reference.ts";

export interface ReferenceRequest {
  readonly prompt: number;
  readonly output: number;
  readonly warmup?: boolean;
  readonly priority?: number;
  readonly adapter?: string;
  /** The load as which it is told apart. */
  readonly load?: CountedLoad;
  /** Of the prompt and the answer. */
  readonly content?: { readonly ids: readonly number[]; readonly ends: readonly number[] };
}

/** Those of its flags that the reference knows. */
export type ReferenceLimits = Omit<EngineLimits, "role">;

export type Outcome = "completed" | "failed" | "rejected";

/** What became of a request; times in µs, undefined where it did not come so far. */
export interface RequestRecord {
  readonly arrivedUs: number;
  scheduledUs?: number;
  firstTokenUs?: number;
  lastTokenUs?: number;
  endedUs?: number;
  outcome?: Outcome;
  generatedTokens: number;
  /** Found in the prefix cache at the first admission. */
  cachedTokens: number;
  preemptions: number;
}

/** What a workload made happen: the property test asks for each often enough. */
export type Happening =
  | "aborted decoding"
  | "aborted in the inbox"
  | "aborted prefilling"
  | "aborted waiting"
  | "adapter skipped"
  | "answer found"
  | "answer found in progress"
  | "arrived within a span"
  | "block evicted"
  | "chunked"
  | "content twice"
  | "crashed running"
  | "free block again"
  | "hit own blocks"
  | "last block again"
  | "overtook"
  | "preempted"
  | "prefix hit"
  | "rejected"
  | "seen at rest"
  | "seen too late"
  | "several tokens a step"
  | "tokenised out of turn"
  | "watermark held back";

export interface ReferenceStep {
  readonly atUs: number;
  readonly endUs: number;
  /** Index, tokens and phase of every request of the step. */
  readonly batch: string;
}

export interface Task {
  /** Unlike a row of the table never used twice. */
  readonly index: number;
  readonly request: ReferenceRequest;
  readonly goal: number;
  readonly visibleUs: number;
  readonly record: RequestRecord;
  phase: "prefill" | "decode";
  /** Numbers that rise with every first joining of the queue, and with every admission. */
  joined: number;
  admitted: number;
  computed: number;
  chunk: number;
  blocks: ReferenceBlock[];
  /** How many of its blocks, the first ones, were whole when last looked at. */
  whole: number;
}

export const BLOCK_TOKENS = 16;

/** Tokens of the prompt and of the answer so far. */
export const known = ({ request, record }: Task) => request.prompt + record.generatedTokens;

export const isDecoding = ({ phase }: Task) => phase === "decode";

/** What block `index` of a request holds when it is whole: the same name, the same content. */
export function contentOf(
  { index: own, request }: Pick<Task, "index" | "request">,
  index: number,
): string {
  const { ids, ends } = request.content ?? { ids: [], ends: [] };
  const lastToken = BLOCK_TOKENS * index + BLOCK_TOKENS - 1;
  // The segment that covers the last token of the block tells all tokens before it as well.
  const segment = ends.findIndex((end) => end > lastToken);
  const whose = segment < 0 ? `request ${own}` : `segment ${ids[segment]}`;
  return `${request.adapter ?? "base"}, ${whose}, block ${index}`;
}

/** Blocks that the request lacks for the tokens of its step. */
export const wantedBlocks = ({ computed, chunk, blocks }: Task) =>
  Math.max(0, Math.ceil((computed + chunk) / BLOCK_TOKENS) - blocks.length);

export function adaptersOf(tasks: readonly Task[]): Set<string> {
  return new Set(tasks.flatMap(({ request }) => request.adapter ?? []));
}

export const sum = (numbers: readonly number[]) =>
  numbers.reduce((total, number) => total + number, 0);
