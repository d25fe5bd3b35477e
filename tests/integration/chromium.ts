// A headless Chromium, spoken to by pipes: pages from files, what they say, and how they look.

import { type ChildProcess, spawn } from "node:child_process";
import type { Readable, Writable } from "node:stream";

/** Debian's, and the only one that the tests are allowed to run. */
const CHROMIUM = "/usr/bin/chromium";

/** Where a Chromium is; undefined where there is none. */
export function findChromium(): string | undefined {
  try {
    return Deno.statSync(CHROMIUM).isFile ? CHROMIUM : undefined;
  } catch {
    return undefined;
  }
}

const FLAGS = [
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--disable-dev-shm-usage",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--remote-debugging-pipe",
];

type Params = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Params;
  readonly sessionId?: string;
  // deno-lint-ignore no-explicit-any
  readonly result?: any;
  readonly error?: { readonly message: string };
}

/** Chrome's DevTools protocol over file descriptors 3 and 4: JSON texts, each with a 0 byte behind. */
export class Chromium implements AsyncDisposable {
  readonly #process: ChildProcess;
  readonly #userDataDir: string;
  readonly #waiting = new Map<number, PromiseWithResolvers<unknown>>();
  readonly #listeners = new Set<(message: Message) => void>();
  readonly #exited: Promise<void>;
  #last = 0;
  #carried = "";

  constructor(path: string) {
    this.#userDataDir = Deno.makeTempDirSync({ prefix: "mtop-chromium-" });
    this.#process = spawn(path, [...FLAGS, `--user-data-dir=${this.#userDataDir}`], {
      stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"],
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#exited = promise;
    this.#process.on("exit", () => {
      for (const { reject } of this.#waiting.values()) reject(new Error("Chromium has ended"));
      resolve();
    });
    const decoder = new TextDecoder();
    (this.#process.stdio[4] as Readable).on("data", (bytes: Uint8Array) => {
      this.#read(decoder.decode(bytes, { stream: true }));
    });
  }

  // deno-lint-ignore no-explicit-any
  call(method: string, params?: Params, sessionId?: string): Promise<any> {
    const id = ++this.#last;
    const waiting = Promise.withResolvers<unknown>();
    this.#waiting.set(id, waiting);
    const message = {
      id,
      method,
      params: params ?? {},
      ...(sessionId === undefined ? {} : { sessionId }),
    };
    (this.#process.stdio[3] as Writable).write(`${JSON.stringify(message)}\0`);
    return waiting.promise;
  }

  listen(listener: (message: Message) => void): void {
    this.#listeners.add(listener);
  }

  async open(url: string, options: PageOptions = {}): Promise<Page> {
    const { targetId } = await this.call("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.call("Target.attachToTarget", { targetId, flatten: true });
    return await Page.load(this, sessionId, url, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.call("Browser.close").catch(() => {});
    await this.#exited;
    await Deno.remove(this.#userDataDir, { recursive: true }).catch(() => {});
  }

  #read(text: string): void {
    const parts = (this.#carried + text).split("\0");
    this.#carried = parts.pop()!;
    for (const part of parts) this.#take(JSON.parse(part));
  }

  #take(message: Message): void {
    if (message.id === undefined) {
      for (const listener of this.#listeners) listener(message);
      return;
    }
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error) waiting?.reject(new Error(message.error.message));
    else waiting?.resolve(message.result);
  }
}

export interface PageOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: "light" | "dark";
}

export class Page {
  /** What went wrong on the page: console errors, exceptions, violations of its policy. */
  readonly errors: string[] = [];
  /** Every URL that was asked for. */
  readonly requests: string[] = [];
  readonly #browser: Chromium;
  readonly #session: string;

  private constructor(browser: Chromium, session: string) {
    this.#browser = browser;
    this.#session = session;
    browser.listen((message) => {
      if (message.sessionId === session) this.#hear(message);
    });
  }

  static async load(
    browser: Chromium,
    session: string,
    url: string,
    { width = 1280, height = 900, scheme = "light" }: PageOptions,
  ): Promise<Page> {
    const page = new Page(browser, session);
    for (const domain of ["Page", "Runtime", "Log", "Network"]) await page.call(`${domain}.enable`);
    await page.resize(width, height);
    await page.call("Emulation.setEmulatedMedia", {
      features: [{ name: "prefers-color-scheme", value: scheme }],
    });
    const loaded = Promise.withResolvers<void>();
    browser.listen(({ method, sessionId }) => {
      if (sessionId === session && method === "Page.loadEventFired") loaded.resolve();
    });
    await page.call("Page.navigate", { url });
    await loaded.promise;
    return page;
  }

  // deno-lint-ignore no-explicit-any
  call(method: string, params: Params = {}): Promise<any> {
    return this.#browser.call(method, params, this.#session);
  }

  /** The value of an expression, as JSON carries it. Throws what it throws. */
  // deno-lint-ignore no-explicit-any
  async value(expression: string): Promise<any> {
    const { result, exceptionDetails } = await this.call("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? expression);
    return result.value;
  }

  async resize(width: number, height: number): Promise<void> {
    const metrics = { width, height, deviceScaleFactor: 1, mobile: width < 600 };
    await this.call("Emulation.setDeviceMetricsOverride", metrics);
  }

  /** Presses a key by its name, as `ArrowRight`, `Tab` or `n`. */
  async press(key: string): Promise<void> {
    const text = key.length === 1 ? { text: key } : {};
    const codes: Record<string, number> = {
      ArrowRight: 39,
      ArrowLeft: 37,
      Tab: 9,
      Home: 36,
      End: 35,
    };
    const code = key === " " ? 32 : codes[key] ?? key.toUpperCase().charCodeAt(0);
    const event = { key, windowsVirtualKeyCode: code };
    await this.call("Input.dispatchKeyEvent", { type: "keyDown", ...event, ...text });
    await this.call("Input.dispatchKeyEvent", { type: "keyUp", ...event });
  }

  /** The page as PNG; all of it, or what is on the screen. */
  async screenshot(whole = false): Promise<Uint8Array<ArrayBuffer>> {
    const { data } = await this.call("Page.captureScreenshot", { captureBeyondViewport: whole });
    return Uint8Array.from(atob(data), (character) => character.charCodeAt(0));
  }

  #hear({ method, params = {} }: Message): void {
    // deno-lint-ignore no-explicit-any
    const said = params as any;
    switch (method) {
      case "Runtime.exceptionThrown":
        this.errors.push(said.exceptionDetails.exception?.description ?? "an exception");
        break;
      case "Runtime.consoleAPICalled":
        if (said.type === "error" || said.type === "warning") {
          this.errors.push(said.args.map((one: { value: unknown }) => one.value).join(" "));
        }
        break;
      case "Log.entryAdded":
        this.errors.push(said.entry.text);
        break;
      case "Network.requestWillBeSent":
        this.requests.push(said.request.url);
        break;
    }
  }
}
