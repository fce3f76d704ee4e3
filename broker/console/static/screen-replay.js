// A recorded screen, drawn anew by the viewer that draws live ones: it is fed what the vendor's viewer was sent, at those
// times. Its own side of the talk goes nowhere. To go back is to begin again, and what lies before is drawn at once.
import RFB from "/static/vendor/novnc/core/rfb.js";
import { drawnInOrder, orderOf } from "/static/screen-pixels.js";

const part = (name) => document.getElementById(name);
const place = part("screen");
const problem = part("screen-problem");
const plays = part("screen-plays");
const moment = part("screen-at");
const now = part("screen-now");
const picture = part("screen-picture");
const HEAD = 9;
const [SERVER, PIXELS] = [0, 1];
const LONGEST_PAUSE_MS = 2000;
const LET_IN = ["RFB 003.008\n", "\x01\x01", "\0\0\0\0"];

const trouble = (text) => {
  problem.textContent = text;
  problem.hidden = false;
};
const bytesOf = (text) => Uint8Array.from(text, (one) => one.charCodeAt(0));
const soon = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// The server's side, as the viewer sees it.
class Channel {
  constructor() {
    Object.assign(this, { binaryType: "", protocol: "", readyState: "open", onopen: null, onmessage: null, onclose: null, onerror: null });
  }

  send() {}

  close() {
    this.readyState = "closed";
  }

  say(bytes) {
    if (bytes.length) this.onmessage({ data: bytes.slice().buffer });
  }
}

// Pieces of the recording: a head of nine bytes each, which may stand in two readings.
async function* piecesOf(body) {
  const reader = body.getReader();
  let held = new Uint8Array(0);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const all = new Uint8Array(held.length + value.length);
      all.set(held);
      all.set(value, held.length);
      let at = 0;
      while (all.length - at >= HEAD) {
        const view = new DataView(all.buffer, at, HEAD);
        const end = at + HEAD + view.getUint32(5);
        if (end > all.length) break;
        yield { atMs: view.getUint32(0), what: view.getUint8(4), bytes: all.slice(at + HEAD, end) };
        at = end;
      }
      held = all.slice(at);
    }
  } finally {
    reader.cancel();
  }
}

class Showing {
  // ``from``: the milliseconds up to which everything is drawn at once.
  constructor(from) {
    this.from = from;
    this.at = from;
    this.over = false;
    this.order = [0, 1, 2];
    this.channel = new Channel();
    this.rfb = new RFB(place, this.channel, { shared: true });
    this.rfb.viewOnly = true;
    this.rfb.scaleViewport = true;
    drawnInOrder(this.rfb, () => this.order);
    for (const word of LET_IN) this.channel.say(bytesOf(word));
  }

  end() {
    this.over = true;
    this.rfb.disconnect();
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

  async drawn() {
    while (!this.over && this.rfb._flushing) await soon(5);
  }

  async show() {
    const answer = await fetch(place.dataset.stream);
    if (!answer.ok) throw new Error(String(answer.status));
    for await (const { atMs, what, bytes } of piecesOf(answer.body)) {
      await this.until(atMs);
      if (this.over) return;
      if (what === SERVER) {
        this.channel.say(bytes);
        picture.disabled = false;
        await this.drawn();
      } else if (what === PIXELS) {
        this.order = orderOf(bytes);
        if (this.order === null) {
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
  showing.rfb.toBlob((made) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(made);
    link.download = `screen-${now.textContent.replace(":", "-")}.png`;
    link.click();
    URL.revokeObjectURL(link.href);
  }, "image/png");
});
begin(Number(place.dataset.at));
