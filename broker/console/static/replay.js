// The player gets bytes of this node only, already stripped of what acts outside its picture.
"use strict";
(() => {
  const place = document.getElementById("player");
  const problem = document.getElementById("player-problem");
  try {
    const player = AsciinemaPlayer.create(place.dataset.cast, place, {
      fit: "width", idleTimeLimit: 2, preload: true, terminalFontFamily: "monospace", controls: true,
    });
    player.addEventListener("error", () => {
      problem.textContent = penstockSays("not_replayed");
      problem.hidden = false;
    });
  } catch (error) {
    problem.textContent = penstockSays("no_player", { why: error.message });
    problem.hidden = false;
  }
})();
