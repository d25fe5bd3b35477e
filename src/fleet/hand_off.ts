// Prefill/decode disaggregation: which engine computed a prompt for which other, and the transfer of its
// keys and values between them. Knows nothing of pods, clients and what is told of a request.

import type { ServingEngine } from "../serving/data_parallel.ts";
import type { RequestId, RequestTable } from "../serving/requests.ts";
import type { Transfer } from "../serving/shared_link.ts";
import type { Clock, EventHandle } from "../sim/clock.ts";
import { canHandOver, type KvLayout } from "./kv_layout.ts";
import { isHit, type KvSender, type KvTrouble } from "./kv_sender.ts";

/** Whether nothing comes from one engine to the other. */
export type KvCut = (prefill: ServingEngine, decode: ServingEngine) => boolean;

/**
 * How long vLLM keeps blocks for a decode engine that is gone: VLLM_NIXL_ABORT_REQUEST_TIMEOUT, by
 * default 480 s (vLLM's `docs/design/nixl_kv_cache_lease.md`; later versions have leases of 30 s). There
 * it runs out for one that waits as well; here that one gets its blocks however late it asks.
 */
export const UNFETCHED_US = 480 * 1_000_000;

/**
 * How long a transfer over a link that is down is tried: UCX waits 1 s for an acknowledgement
 * (UCX_RC_TIMEOUT) and sends again 7 times (UCX_RC_RETRY_COUNT); then NIXL tells vLLM that it failed.
 */
export const KV_TIMEOUT_US = 8 * 1_000_000;

interface HandOff {
  readonly prefill: ServingEngine;
  readonly prompt: RequestId;
  readonly decode: ServingEngine;
  readonly answer: RequestId;
  /** Blocks that the decode engine asked for; absent: it has yet to. */
  asked?: number;
  /** Absent while nothing comes through. */
  fetching?: Transfer | undefined;
  /** While its link is down: when it is given up. */
  expiry?: EventHandle | undefined;
  /** Its client gave it up: the decode engine says so to the prefill engine. */
  givenUp?: true;
}

/**
 * A request has a row for its prompt in the prefill engine, then one for its answer in the decode
 * engine, as vLLM has two requests. The blocks stay with the prefill engine until they were fetched;
 * what cannot be fetched any more the decode engine computes itself. A fetch that is given up ends at
 * once; in vLLM it goes on and its blocks are free after it.
 */
export class HandOffs {
  readonly #clock: Clock;
  readonly #table: RequestTable;
  readonly #senders = new WeakMap<ServingEngine, KvSender>();
  /** Those that faults may mean, also of engines that are gone; and what is wrong with them. */
  readonly #known = new Set<KvSender>();
  readonly #troubles = new Map<KvTrouble, (() => void)[]>();
  readonly #cuts = new Set<KvCut>();
  readonly #layouts = new WeakMap<ServingEngine, KvLayout>();
  /** What follows when a prompt is computed. */
  readonly #next = new Map<RequestId, () => void>();
  readonly #byPrompt = new Map<RequestId, HandOff>();
  readonly #byAnswer = new Map<RequestId, HandOff>();
  /** Prompts whose decode engine is gone, and when their blocks are free. */
  readonly #unfetched = new Map<RequestId, EventHandle>();

  constructor(clock: Clock, table: RequestTable) {
    this.#clock = clock;
    this.#table = table;
  }

  /** A prefill engine, before it takes its first request. */
  addPrefill(engine: ServingEngine, sender: KvSender, layout?: KvLayout): void {
    this.#senders.set(engine, sender);
    if (sender.of) this.#known.add(sender);
    for (const [trouble, undo] of this.#troubles) {
      if (isHit(sender, trouble)) undo.push(sender.link.throttle(trouble));
    }
    if (layout) this.#layouts.set(engine, layout);
    engine.onPrefilled = (id) => {
      const next = this.#next.get(id)!;
      this.#next.delete(id);
      next();
    };
    engine.onLost = (id) => this.#lose(id);
  }

  /** A decode engine, before it takes its first request. */
  addDecode(engine: ServingEngine, layout?: KvLayout): void {
    if (layout) this.#layouts.set(engine, layout);
    engine.source = { fetch: (id, blocks) => this.#fetch(this.#byAnswer.get(id)!, blocks) };
  }

  /** Holds links to less, those that are in use too; returns what takes that back. */
  disturb(trouble: KvTrouble): () => void {
    const hit = [...this.#known].filter((sender) => isHit(sender, trouble));
    this.#troubles.set(trouble, hit.map(({ link }) => link.throttle(trouble)));
    for (const handOff of this.#byAnswer.values()) {
      if (!handOff.fetching) continue;
      this.#tellUse(handOff);
      this.#expire(handOff);
    }
    return () => {
      for (const undo of this.#troubles.get(trouble) ?? []) undo();
      this.#troubles.delete(trouble);
      this.#endExpiries();
    };
  }

  /** Nothing comes from one engine to another from now on; what was under way begins anew after it. */
  cut(isCut: KvCut): () => void {
    this.#cuts.add(isCut);
    for (const handOff of this.#byAnswer.values()) {
      if (!handOff.fetching || !isCut(handOff.prefill, handOff.decode)) continue;
      this.#senders.get(handOff.prefill)!.link.cancel(handOff.fetching);
      handOff.fetching = undefined;
      this.#expire(handOff);
    }
    return () => {
      this.#cuts.delete(isCut);
      this.#endExpiries();
      for (const handOff of this.#byAnswer.values()) {
        if (handOff.asked !== undefined && !handOff.fetching) this.#start(handOff, handOff.asked);
      }
    };
  }

  #isCut({ prefill, decode }: HandOff): boolean {
    // Asked of every transfer: most of the time nothing is cut.
    return this.#cuts.size > 0 && [...this.#cuts].some((isCut) => isCut(prefill, decode));
  }

  /** Gives a transfer up whose link is down, unless it is up again by then. */
  #expire(handOff: HandOff): void {
    if (handOff.expiry !== undefined || this.#downOf(handOff) === undefined) return;
    handOff.expiry = this.#clock.after(KV_TIMEOUT_US, () => {
      const { policy } = this.#downOf(handOff)!;
      this.#forget(handOff);
      this.abandon(handOff.prefill, handOff.prompt);
      if (policy === "fail") handOff.decode.abort(handOff.answer);
      else handOff.decode.loadFailed(handOff.answer);
    });
  }

  /** Over links that are up again: should they go down once more, each is tried as long as ever. */
  #endExpiries(): void {
    for (const handOff of this.#byAnswer.values()) {
      if (this.#downOf(handOff) === undefined) this.#endExpiry(handOff);
    }
  }

  #endExpiry(handOff: HandOff): void {
    if (handOff.expiry !== undefined) this.#clock.cancel(handOff.expiry);
    handOff.expiry = undefined;
  }

  #latencyUs({ prefill }: HandOff): number {
    if (this.#troubles.size === 0) return 0;
    const sender = this.#senders.get(prefill)!;
    return [...this.#troubles.keys()].filter((trouble) => isHit(sender, trouble))
      .reduce((sum, { latencyUs = 0 }) => sum + latencyUs, 0);
  }

  #downOf(handOff: HandOff): Pick<KvTrouble, "policy"> | undefined {
    if (this.#isCut(handOff)) return {};
    const { prefill } = handOff;
    const sender = this.#senders.get(prefill)!;
    return [...this.#troubles.keys()].find((trouble) =>
      trouble.gigabytesPerSecond === 0 && isHit(sender, trouble)
    );
  }

  /** Whether the two would agree to: of engines that say nothing of themselves it is taken to be so. */
  agree(prefill: ServingEngine, decode: ServingEngine): boolean {
    const [from, to] = [this.#layouts.get(prefill), this.#layouts.get(decode)];
    return !from || !to || canHandOver(from, to);
  }

  /** What follows when this prompt is computed, unless it ends before. */
  whenPrefilled(prompt: RequestId, next: () => void): void {
    this.#next.set(prompt, next);
  }

  /** A prompt was computed; before its answer is submitted to the decode engine. */
  begin(prefill: ServingEngine, prompt: RequestId, decode: ServingEngine, answer: RequestId): void {
    const handOff = { prefill, prompt, decode, answer };
    this.#byPrompt.set(prompt, handOff);
    this.#byAnswer.set(answer, handOff);
    this.#table.columns.externalTokens[answer] = this.#table.columns.promptTokens[answer]!;
  }

  /** A prompt was computed and nobody is there to fetch it. */
  abandon(prefill: ServingEngine, prompt: RequestId): void {
    const free = () => {
      this.#unfetched.delete(prompt);
      prefill.handedOver(prompt);
    };
    this.#unfetched.set(prompt, this.#clock.after(UNFETCHED_US, free));
  }

  /** The client of a prompt or an answer gave it up. */
  giveUp(id: RequestId): void {
    const handOff = this.#byAnswer.get(id);
    if (handOff) handOff.givenUp = true;
  }

  /** A prompt or an answer ended, whatever the reason. */
  ended(id: RequestId): void {
    this.#next.delete(id);
    const handOff = this.#byAnswer.get(id);
    if (!handOff) return;
    this.#forget(handOff);
    if (handOff.givenUp) handOff.prefill.handedOver(handOff.prompt);
    else this.abandon(handOff.prefill, handOff.prompt);
  }

  #fetch(handOff: HandOff, blocks: number): void {
    if (blocks === 0) return this.#finish(handOff);
    handOff.asked = blocks;
    this.#start(handOff, blocks);
  }

  #start(handOff: HandOff, blocks: number): void {
    if (this.#isCut(handOff)) return this.#expire(handOff);
    const { link, bytesPerBlock } = this.#senders.get(handOff.prefill)!;
    handOff.fetching = link.start(blocks * bytesPerBlock, () => {
      // A host that does not answer sends nothing: it hangs until the connection breaks.
      if (handOff.prefill.frozen) return;
      this.#finish(handOff);
      handOff.decode.loaded(handOff.answer);
    }, this.#latencyUs(handOff));
    if (this.#troubles.size === 0) return;
    this.#tellUse(handOff);
    this.#expire(handOff);
  }

  #tellUse({ prefill }: HandOff): void {
    const sender = this.#senders.get(prefill)!;
    for (const trouble of this.#troubles.keys()) if (isHit(sender, trouble)) trouble.used?.();
  }

  #finish(handOff: HandOff): void {
    this.#forget(handOff);
    handOff.prefill.handedOver(handOff.prompt);
  }

  #lose(prompt: RequestId): void {
    const timeout = this.#unfetched.get(prompt);
    if (timeout !== undefined) this.#clock.cancel(timeout);
    this.#unfetched.delete(prompt);
    const handOff = this.#byPrompt.get(prompt);
    if (!handOff) return;
    this.#forget(handOff);
    if (handOff.asked !== undefined) handOff.decode.loadFailed(handOff.answer);
    else this.#table.columns.externalTokens[handOff.answer] = 0;
  }

  #forget(handOff: HandOff): void {
    this.#endExpiry(handOff);
    this.#byPrompt.delete(handOff.prompt);
    this.#byAnswer.delete(handOff.answer);
    if (handOff.fetching) this.#senders.get(handOff.prefill)!.link.cancel(handOff.fetching);
  }
}
