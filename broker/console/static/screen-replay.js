// A recorded screen, drawn anew by the viewer that draws live ones: it is fed what the vendor's viewer was sent, at those
// times. Its own side of the talk goes nowhere. To go back is to begin again, and what lies before is drawn at once.
import { Drawing, PIXELS, SERVER, piecesOf } from "/static/screen-stream.js";

const part = (name) => document.getElementById(name);
const place = part("screen");
const problem = part("screen-problem");
const plays = part("screen-plays");
const moment = part("screen-at");
const now = part("screen-now");
const picture = part("screen-picture");
const LONGEST_PAUSE_MS = 2000;

const trouble = (text) => {
  problem.textContent = text;
  problem.hidden = false;
};
const soon = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

class Showing {
  // ``from``: the milliseconds up to which everything is drawn at once.
  constructor(from) {
    this.from = from;
    this.at = from;
    this.over = false;
    this.drawing = new Drawing(place);
  }

  end() {
    this.over = true;
    this.drawing.end();
  }

  // Wait until the recording is at ``atMs``; ``idle`` by the page's choice.
  async until(atMs) {
    if (atMs <= this.from) return;
    if (part("screen-idle").checked && atMs - this.at > LONGEST_PAUSE_MS) this.at = atMs - LONGEST_PAUSE_MS;
    let last = performance.now();
    while (!this.over && this.at < atMs) {
      await soon(Math.min(100, atMs - this.at));
      const passed = performance.now() - last;
      last = performance.now();
      if (playing()) this.at = Math.min(atMs, this.at + passed * Number(part("screen-speed").value));
      tell(this.at);
    }
  }

  async show() {
    const answer = await fetch(place.dataset.stream);
    if (!answer.ok) throw new Error(String(answer.status));
    for await (const { atMs, what, bytes } of piecesOf(answer.body)) {
      await this.until(atMs);
      if (this.over) return;
      if (what === SERVER) {
        picture.disabled = false;
        await this.drawing.say(bytes);
      } else if (what === PIXELS) {
        if (!this.drawing.pixels(bytes)) {
          trouble(penstockSays("pixels_not_shown"));
          return;
        }
      } else {
        trouble(penstockSays("screen_ends_here"));
        return;
      }
      place.dataset.shown = String(atMs);
    }
    play(false);
    place.dataset.over = "true";
  }
}

let showing = null;
const playing = () => plays.getAttribute("aria-pressed") === "true";
const play = (on) => {
  plays.setAttribute("aria-pressed", String(on));
  plays.textContent = on ? penstockSays("screen_pause") : penstockSays("screen_play");
};
const clock = (seconds) => [seconds / 60, seconds % 60].map((one) => String(Math.floor(one)).padStart(2, "0")).join(":");
const tell = (atMs) => {
  const seconds = Math.floor(atMs / 1000);
  now.textContent = clock(seconds);
  if (document.activeElement !== moment) moment.value = String(seconds);
};
const begin = (seconds) => {
  if (showing) showing.end();
  problem.hidden = true;
  delete place.dataset.over;
  delete place.dataset.shown;
  picture.disabled = true;
  const mine = new Showing(seconds * 1000);
  showing = mine;
  tell(seconds * 1000);
  mine.show().catch(() => { if (!mine.over) trouble(penstockSays("not_replayed")); });
};

plays.addEventListener("click", () => {
  if (place.dataset.over && !playing()) begin(0);
  play(!playing());
});
moment.addEventListener("change", () => begin(Number(moment.value)));
moment.addEventListener("input", () => { now.textContent = clock(Number(moment.value)); });
picture.addEventListener("click", () => {
  showing.drawing.rfb.toBlob((made) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(made);
    link.download = `screen-${now.textContent.replace(":", "-")}.png`;
    link.click();
    URL.revokeObjectURL(link.href);
  }, "image/png");
});
begin(Number(place.dataset.at));
