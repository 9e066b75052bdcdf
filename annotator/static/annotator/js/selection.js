/**
 * Selecting in the grid: arrow keys move, Space toggles, Shift extends, Ctrl+A takes all that is loaded, Escape
 * clears, Enter opens. A plain click opens; a click with Ctrl or Shift, or on the box in the corner, selects.
 * One tile is in the tab order at a time. Label overlays load when they are first wanted.
 */
const form = document.querySelector("[data-selection]");
if (form) start(form);

function start(form) {
  const grid = form.querySelector(".grid");
  const bar = form.querySelector(".bulk");
  let anchor = null;
  let current = null;

  const tiles = () => [...grid.querySelectorAll(".tile")];
  const box = (tile) => tile.querySelector(".tile-check");
  const link = (tile) => tile.querySelector(".tile-link");

  function makeCurrent(tile, { focus = false } = {}) {
    if (current) link(current).tabIndex = -1;
    current = tile;
    link(tile).tabIndex = 0;
    if (!focus) return;
    link(tile).focus({ preventScroll: true });
    tile.scrollIntoView({ block: "nearest" });
  }

  function showCount() {
    const count = grid.querySelectorAll(".tile-check:checked").length;
    bar.hidden = count === 0;
    bar.querySelector("[data-count]").textContent = count;
    grid.classList.toggle("is-selecting", count > 0);
  }

  function selectRange(from, to) {
    const all = tiles();
    const [first, last] = [all.indexOf(from), all.indexOf(to)].sort((a, b) => a - b);
    all.slice(first, last + 1).forEach((tile) => (box(tile).checked = true));
  }

  function clear() {
    grid.querySelectorAll(".tile-check:checked").forEach((check) => (check.checked = false));
    anchor = null;
    showCount();
  }

  function columns() {
    return getComputedStyle(grid).gridTemplateColumns.split(" ").length;
  }

  function move(step, extend) {
    const all = tiles();
    const target = all[Math.min(all.length - 1, Math.max(0, all.indexOf(current) + step))];
    if (!target) return;
    if (extend) {
      anchor ??= current;
      selectRange(anchor, target);
      showCount();
    }
    makeCurrent(target, { focus: true });
  }

  grid.addEventListener("keydown", (event) => {
    if (!event.target.closest(".tile")) return;
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns(), ArrowDown: columns(), Home: -Infinity, End: Infinity };
    if (event.key in steps) {
      const step = steps[event.key];
      move(Number.isFinite(step) ? step : Math.sign(step) * tiles().length, event.shiftKey);
    } else if (event.key === " ") {
      box(current).checked = !box(current).checked;
      anchor = current;
      showCount();
    } else if (event.key === "a" && (event.ctrlKey || event.metaKey)) {
      tiles().forEach((tile) => (box(tile).checked = true));
      showCount();
    } else return;
    event.preventDefault();
  });

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !bar.hidden) clear();
  });

  grid.addEventListener("click", (event) => {
    const tile = event.target.closest(".tile");
    if (!tile) return;
    const selecting = event.shiftKey || event.ctrlKey || event.metaKey;
    if (event.target.closest(".tile-link") && selecting) {
      event.preventDefault();
      if (event.shiftKey && anchor) selectRange(anchor, tile);
      else box(tile).checked = !box(tile).checked;
    } else if (event.target === box(tile) && event.shiftKey && anchor) {
      selectRange(anchor, tile);
    }
    anchor = tile;
    makeCurrent(tile);
    showCount();
  });

  grid.addEventListener("focusin", (event) => {
    const tile = event.target.closest(".tile");
    if (!tile) return;
    if (tile !== current) makeCurrent(tile);
    loadOverlay(tile);
  });

  bar.querySelector("[data-clear]").addEventListener("click", clear);
  grid.addEventListener("pointerover", (event) => loadOverlay(event.target.closest(".tile")));
  grid.addEventListener("htmx:afterSettle", loadShownOverlays);

  const toggle = document.querySelector("[data-show-labels]");
  const inSight = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) loadOverlay(entry.target);
  });
  toggle.checked = localStorage.getItem("show-labels") === "yes";
  toggle.addEventListener("change", () => {
    localStorage.setItem("show-labels", toggle.checked ? "yes" : "no");
    loadShownOverlays();
  });

  function loadOverlay(tile) {
    const overlay = tile?.querySelector(".overlay:not([src])");
    if (overlay) overlay.src = overlay.dataset.src;
  }

  function loadShownOverlays() {
    grid.classList.toggle("show-labels", toggle.checked);
    for (const tile of tiles()) {
      if (toggle.checked) inSight.observe(tile);
      else inSight.unobserve(tile);
    }
  }

  makeCurrent(tiles()[0]);
  loadShownOverlays();
  showCount();
}
