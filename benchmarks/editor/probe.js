// Put into each page before its own scripts: how long handlers and frames take, and which tasks were long.
(() => {
  const TIMED = new Set(["pointerdown", "pointermove", "pointerup", "keydown", "wheel"]);
  const probe = { longTasks: [], handlers: {}, frameJs: [], frames: [], marks: {} };
  window.probe = probe;

  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) probe.longTasks.push({ startTime, duration });
  }).observe({ type: "longtask", buffered: true });

  const wrapped = new WeakMap();
  const { addEventListener, removeEventListener } = EventTarget.prototype;
  EventTarget.prototype.addEventListener = function (type, listener, options) {
    if (!TIMED.has(type) || typeof listener !== "function") return addEventListener.call(this, type, listener, options);
    const timed = function (event) {
      const startedAt = performance.now();
      try {
        return listener.call(this, event);
      } finally {
        (probe.handlers[type] ??= []).push(performance.now() - startedAt);
      }
    };
    wrapped.set(listener, timed);
    return addEventListener.call(this, type, timed, options);
  };
  EventTarget.prototype.removeEventListener = function (type, listener, options) {
    return removeEventListener.call(this, type, wrapped.get(listener) ?? listener, options);
  };

  const { requestAnimationFrame } = window;
  window.requestAnimationFrame = (callback) =>
    requestAnimationFrame.call(window, (time) => {
      const startedAt = performance.now();
      callback(time);
      probe.frameJs.push(performance.now() - startedAt);
    });

  /** Times of all frames until `stop` is called. */
  probe.watchFrames = () => {
    probe.frames = [];
    let isOn = true;
    const next = (time) => {
      probe.frames.push(time);
      if (isOn) requestAnimationFrame.call(window, next);
    };
    requestAnimationFrame.call(window, next);
    probe.stopFrames = () => (isOn = false);
  };

  probe.clear = () => {
    Object.assign(probe, { longTasks: [], handlers: {}, frameJs: [], frames: [] });
  };

  /** Marks the first frame after an image is ready to be painted: probe.marks["ready <id>"]. */
  probe.watchReady = () => {
    const { store } = window.maskloop;
    let shown = null;
    const look = () => {
      const id = store.image.value?.id;
      if (store.phase.value === "ready" && id !== shown) {
        shown = id;
        probe.marks[`ready ${id}`] ??= performance.now();
      }
      requestAnimationFrame.call(window, look);
    };
    look();
  };
  const untilEditor = setInterval(() => {
    if (!window.maskloop) return;
    clearInterval(untilEditor);
    probe.watchReady();
  }, 2);
})();
