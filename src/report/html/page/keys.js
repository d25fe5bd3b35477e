// Keys that work wherever they are not needed for something else.

/** What each key does, by its name. */
export function onKeys(keys) {
  addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { target, key } = event;
    const takesText = target.matches?.("select, textarea, input:not([type=range])");
    if (takesText || !Object.hasOwn(keys, key)) return;
    if (key === " " && target.matches?.("button, a, summary")) return;
    event.preventDefault();
    keys[key]();
  });
}
