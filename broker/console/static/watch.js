// A live terminal: the player draws what the stream gives, already stripped of what acts outside its
// picture. It says plainly when the stream is lost, over, or has nothing to draw yet.
"use strict";
(() => {
  const place = document.getElementById("screen");
  const state = document.getElementById("screen-state");
  const say = (text, bad) => {
    state.textContent = text;
    state.hidden = !text;
    state.classList.toggle("bad", Boolean(bad));
  };
  try {
    const player = AsciinemaPlayer.create(
      { driver: "eventsource", url: place.dataset.stream, bufferTime: 0 }, place,
      { fit: "width", autoPlay: true, controls: false, terminalFontFamily: "monospace", cols: 80, rows: 24 },
    );
    say(penstockSays("no_terminal"));
    player.addEventListener("playing", () => say(""));
    player.addEventListener("loading", () => say(penstockSays("stream_lost"), true));
    player.addEventListener("ended", () => say(penstockSays("stream_over")));
    player.addEventListener("error", () => say(penstockSays("not_drawn"), true));
  } catch (error) {
    say(`${penstockSays("not_drawn")} ${error.message}`, true);
  }
})();
