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
    say("No terminal yet: what is typed and shown appears here.");
    player.addEventListener("playing", () => say(""));
    player.addEventListener("loading", () => say("The stream is lost; what you see may be old. Trying again.", true));
    player.addEventListener("ended", () => say("This is over: the session has ended, or it is no longer yours to see."));
    player.addEventListener("error", () => say("The picture could not be drawn.", true));
  } catch (error) {
    say(`The picture could not be drawn: ${error.message}`, true);
  }
})();
