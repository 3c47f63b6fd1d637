// What a measured page notes of itself, in ms since it was opened. Runs before any script of the page.

(() => {
  const bench = (globalThis.bench = { switches: [], shifts: [], rows: new Map() });

  /** Tell when what is there now has been painted. */
  bench.painted = (then) => requestAnimationFrame(() => setTimeout(() => then(performance.now())));

  // The start: until what runs now can be read with its countdown.

  const isReadable = () => {
    const found = [...document.querySelectorAll('[data-slot="now"] > .cue-left')];
    return found.some((left) => left.textContent.includes(":") && left.checkVisibility({ visibilityProperty: true }));
  };

  const tell = () => {
    bench.readable = performance.now();
    console.debug(`readable at ${bench.readable}`);
  };

  // What stands there before a frame is painted by it.
  const look = () => {
    if (isReadable()) setTimeout(tell);
    else requestAnimationFrame(look);
  };
  look();

  // Tabs: from the tap, as the browser stamped it, until the other screen is painted.

  let tapped = 0;
  addEventListener("click", ({ target, timeStamp }) => target.closest(".tab") && (tapped = timeStamp), true);
  document.addEventListener("fieldcue:screen", ({ detail }) => {
    const [from, { screen, before }] = [tapped, detail];
    if (before) bench.painted((at) => bench.switches.push([`${before} → ${screen}`, at - from]));
  });

  // The line: when it came back, and when the rows and the answers were there.

  globalThis.WebSocket = class extends WebSocket {
    constructor(...args) {
      super(...args);
      this.addEventListener("open", () => (bench.opened = performance.now()));
    }
  };
  document.addEventListener("fieldcue:rows", ({ detail }) => {
    for (const id of detail.changed) bench.rows.set(id, performance.now());
    if (bench.rows.size >= bench.most) bench.painted((at) => (bench.whole = at));
  });
  document.addEventListener("fieldcue:outbox", ({ detail }) => {
    bench.waiting = detail.waiting.length;
    if (!bench.waiting) bench.empty = performance.now();
  });

  /** As when the radio is back. */
  bench.online = () => {
    Object.assign(bench, { online_at: performance.now(), empty: undefined, opened: undefined, whole: undefined });
    dispatchEvent(new Event("online"));
  };

  // What moves although nobody touched it.

  new PerformanceObserver((list) => {
    const moved = list.getEntries().filter(({ hadRecentInput }) => !hadRecentInput);
    bench.shifts.push(...moved.map(({ value, sources }) => [value, sources.map(({ node }) => node?.id || node?.className || node?.nodeName)]));
  }).observe({ type: "layout-shift" });
})();
