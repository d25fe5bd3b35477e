// Which LoRA adapters the running requests use: no more different ones than there are slots.

import type { RequestId, RequestTable } from "./requests.ts";

/** vLLM's `--max-loras`: so many adapters in one batch. */
export class LoraSlots {
  readonly #table: RequestTable;
  readonly #slots: number;
  /** Running requests of each adapter in use. */
  readonly #users = new Map<number, number>();

  constructor(table: RequestTable, slots: number) {
    this.#table = table;
    this.#slots = slots;
  }

  /** Different adapters in use. */
  get used(): number {
    return this.#users.size;
  }

  /** Whether the request may run beside those that do. */
  admits(id: RequestId): boolean {
    const adapter = this.#table.columns.adapter[id]!;
    return adapter < 0 || this.#users.size < this.#slots || this.#users.has(adapter);
  }

  hold(id: RequestId): void {
    const adapter = this.#table.columns.adapter[id]!;
    if (adapter >= 0) this.#users.set(adapter, (this.#users.get(adapter) ?? 0) + 1);
  }

  release(id: RequestId): void {
    const adapter = this.#table.columns.adapter[id]!;
    if (adapter < 0) return;
    const users = this.#users.get(adapter)! - 1;
    if (users === 0) this.#users.delete(adapter);
    else this.#users.set(adapter, users);
  }

  clear(): void {
    this.#users.clear();
  }
}
