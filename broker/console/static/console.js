// What pages do by themselves: copy a command, open the part that an anchor names, say a time in the reader's own
// zone too, and say honestly when a list that refreshes itself has lost its connection.
"use strict";
// What a script says stands in the page, in its language; names in braces are filled in here.
const penstockWords = JSON.parse(document.querySelector('meta[name="words"]').content);
const penstockSays = (name, values = {}) =>
  Object.entries(values).reduce((text, [key, value]) => text.replaceAll(`{${key}}`, value), penstockWords[name]);
(() => {
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const code = button.parentElement.querySelector("code");
    try {
      await navigator.clipboard.writeText(code.textContent);
      button.textContent = penstockSays("copied");
    } catch {
      getSelection().selectAllChildren(code);
      button.textContent = penstockSays("selected");
    }
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-print]")) print();
  });

  // On a phone the page that one is on may be beyond the edge of the row of pages.
  const tabs = document.querySelector(".tabs");
  const here = tabs?.querySelector("[aria-current]");
  if (here) tabs.scrollLeft = here.offsetLeft - tabs.offsetLeft - (tabs.clientWidth - here.offsetWidth) / 2;

  const openNamed = () => {
    const part = location.hash && document.getElementById(location.hash.slice(1));
    if (part instanceof HTMLDetailsElement) {
      part.open = true;
      part.scrollIntoView({ block: "center" });
      part.querySelector("input:not([type=hidden]), select")?.focus({ preventScroll: true });
    }
  };
  addEventListener("hashchange", openNamed);
  document.addEventListener("click", (event) => {
    // The same anchor a second time changes no hash, but should open its part again.
    if (event.target.closest('a[href^="#"]')) setTimeout(openNamed);
  });
  openNamed();

  // Beside the first time of a clock that differs from the reader's, their own; at the others when pointed at.
  const saysYours = () => {
    for (const one of document.querySelectorAll("time[data-plant]:not([data-told])")) {
      one.dataset.told = "";
      const at = new Date(one.dateTime);
      const [, sign, hours, minutes] = /([+-])(\d\d):(\d\d)/.exec(one.dataset.plant);
      const plant = (sign === "-" ? -1 : 1) * (Number(hours) * 60 + Number(minutes));
      if (-at.getTimezoneOffset() === plant) continue;
      const otherDay = new Date(at.getTime() + plant * 60_000).getUTCDate() !== at.getDate();
      const day = otherDay ? { weekday: "short", day: "2-digit", month: "short" } : {};
      const said = new Intl.DateTimeFormat(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", ...day });
      const text = `${document.body.dataset.yours} ${said.format(at)}`;
      const differs = String(-at.getTimezoneOffset() - plant);
      if (!one.checkVisibility() || document.querySelector(`.yours[data-by="${differs}"]`)) {
        one.title = text;
        continue;
      }
      const yours = document.createElement("small");
      yours.className = "yours";
      yours.dataset.by = differs;
      yours.textContent = ` (${text})`;
      one.after(yours);
    }
  };
  saysYours();
  document.addEventListener("htmx:after:swap", saysYours);
  document.addEventListener("penstock:fresh", saysYours);

  const beat = document.querySelector("[data-live]");
  if (!beat) return;
  const patience = 3 * Number(beat.dataset.every) * 1000;
  const words = beat.querySelector("[data-live-text]");
  let fresh = performance.now();
  const show = () => {
    beat.hidden = document.querySelector("[data-over]") !== null;  // neither live nor lost
    const lost = performance.now() - fresh > patience;
    // Told in tens of seconds: a screen reader would otherwise speak every second.
    const age = Math.floor((performance.now() - fresh) / 10_000) * 10;
    const text = !lost ? penstockSays("live") : age ? penstockSays("lost_for", { age }) : penstockSays("lost");
    beat.classList.toggle("lost", lost);
    if (words.textContent !== text) words.textContent = text;
  };
  for (const sign of ["htmx:after:swap", "penstock:fresh"]) {
    document.addEventListener(sign, () => {
      fresh = performance.now();
      show();
    });
  }
  document.addEventListener("htmx:response:error", (event) => {
    if (event.detail.ctx.response.status === 401) location.reload();
  });
  setInterval(show, 1000);
})();
