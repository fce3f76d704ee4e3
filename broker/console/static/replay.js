// The player gets bytes of this node only, already stripped of what acts outside its picture. Markers are events of the cast.
"use strict";
(() => {
  const place = document.getElementById("player");
  const problem = document.getElementById("player-problem");
  const speed = document.getElementById("player-speed");
  const idle = document.getElementById("player-idle");
  let player = null;
  const trouble = (text) => {
    problem.textContent = text;
    problem.hidden = false;
  };
  // Neither speed nor idle time can be changed in a player that runs: another takes its place, at ``at`` of the recording.
  const show = (at, plays) => {
    if (player) player.dispose();
    try {
      player = AsciinemaPlayer.create(place.dataset.cast, place, {
        fit: "width", preload: true, terminalFontFamily: "monospace", controls: true,
        idleTimeLimit: idle.checked ? 2 : undefined, speed: Number(speed.value), startAt: at, autoPlay: plays,
      });
      player.addEventListener("error", () => trouble(penstockSays("not_replayed")));
      player.addEventListener("marker", ({ index }) => told(index));
    } catch (error) {
      trouble(penstockSays("no_player", { why: error.message }));
    }
  };
  const buttons = [...document.querySelectorAll("[data-marker]")];
  const told = (index) => {
    for (const one of buttons) {
      if (Number(one.dataset.marker) === index) one.setAttribute("aria-current", "true");
      else one.removeAttribute("aria-current");
    }
  };
  for (const one of buttons) {
    one.addEventListener("click", () => {
      const index = Number(one.dataset.marker);
      told(index);
      player.seek({ marker: index }).then(() => { place.dataset.marker = index; });
    });
  }
  const latest = () => {
    const current = buttons.find((one) => one.getAttribute("aria-current"));
    return current ? Math.max(0, Number(current.dataset.at) - 1) : Number(place.dataset.at);
  };
  for (const one of [speed, idle]) one.addEventListener("change", () => show(latest(), true));
  // Whoever was led to a moment wants to see it; without one it waits to be started.
  show(Number(place.dataset.at), place.dataset.at !== "0");
})();
