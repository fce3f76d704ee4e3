// The live wall: rows come over one stream. A row whose shape is the same has only its numbers changed, so that
// what somebody is about to press stays where it is; a stream that is silent is said to be lost, with its age.
"use strict";
(() => {
  const wall = document.getElementById("wall");
  const alarms = document.getElementById("alarms");
  const count = document.querySelector("[data-count]");
  const since = new WeakMap();
  const clock = (seconds) => {
    const s = Math.max(0, Math.floor(seconds)), two = (n) => String(n).padStart(2, "0");
    const h = Math.floor(s / 3600), m = Math.floor((s % 3600) / 60);
    return h ? `${h}:${two(m)}:${two(s % 60)}` : `${m}:${two(s % 60)}`;
  };
  const tick = () => {
    for (const one of wall.querySelectorAll("[data-until]")) {
      const begun = since.get(one) ?? performance.now();
      since.set(one, begun);
      const left = Number(one.dataset.until) - (performance.now() - begun) / 1000;
      const text = clock(left);
      if (one.textContent !== text) one.textContent = text;
      one.classList.toggle("soon", left < 300);
    }
  };
  const keyOf = (element) => {
    const row = element?.closest?.("#wall li[id]");
    const deed = element?.closest?.("[data-deed]")?.dataset.deed;
    return row && deed ? `#${row.id} [data-deed="${deed}"]` : "";
  };
  const draw = (html) => {
    const fresh = document.createElement("template");
    fresh.innerHTML = html;
    const before = [...wall.querySelectorAll("li[id]")], after = [...fresh.content.querySelectorAll("li[id]")];
    const focus = keyOf(document.activeElement);
    const open = [...wall.querySelectorAll("details[open]")].map((one) => one.closest("li").id);
    const same = before.length > 0 && before.length === after.length && before.every((one, i) => one.id === after[i].id);
    if (!same) wall.replaceChildren(fresh.content);
    else before.forEach((one, i) => {
      if (one.dataset.shape !== after[i].dataset.shape) one.replaceWith(after[i]);
      else for (const part of one.querySelectorAll("[data-part]")) {
        const now = after[i].querySelector(`[data-part="${part.dataset.part}"]`);
        if ("until" in part.dataset) { part.dataset.until = now.dataset.until; since.delete(part); }
        else if (part.textContent !== now.textContent) part.textContent = now.textContent;
      }
    });
    for (const id of open) document.querySelector(`#${id} details.stop`)?.setAttribute("open", "");
    const wanted = focus && document.querySelector(focus);
    if (wanted && wanted !== document.activeElement) wanted.focus({ preventScroll: true });
    tick();
  };
  const connect = () => {
    const stream = new EventSource(wall.dataset.stream);
    const alive = () => document.dispatchEvent(new Event("penstock:fresh"));
    stream.addEventListener("wall", (event) => {
      const said = JSON.parse(event.data);
      draw(said.rows);
      count.textContent = said.live;
      alive();
    });
    stream.addEventListener("beside", (event) => {
      const said = JSON.parse(event.data);
      if (alarms.innerHTML !== said.alarms) alarms.innerHTML = said.alarms;
      const fresh = document.createElement("template");
      fresh.innerHTML = said.bell;
      const bell = fresh.content.querySelector(".bell");
      const old = document.querySelector(".bell");
      if (bell && old && old.getAttribute("aria-label") !== bell.getAttribute("aria-label")) old.replaceWith(bell);
    });
    stream.addEventListener("beat", alive);
    stream.addEventListener("over", () => location.reload());
    stream.addEventListener("error", () => {
      if (stream.readyState !== EventSource.CLOSED) return;  // it tries again by itself
      setTimeout(connect, 2000);
    });
  };
  tick();
  setInterval(tick, 500);
  connect();
})();
