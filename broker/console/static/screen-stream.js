// The stream of a recorded screen, and the viewer that draws it: it is fed what the vendor's viewer was sent, and its own
// side of the talk goes nowhere.
import RFB from "/static/vendor/novnc/core/rfb.js";
import { drawnInOrder, orderOf } from "/static/screen-pixels.js";

export const [SERVER, PIXELS, BROKEN, BEGINS, LIVE, CLOSED] = [0, 1, 2, 3, 4, 5];
const HEAD = 9;
const LET_IN = ["RFB 003.008\n", "\x01\x01", "\0\0\0\0"];
const bytesOf = (text) => Uint8Array.from(text, (one) => one.charCodeAt(0));
const soon = (ms) => new Promise((resolve) => { setTimeout(resolve, ms); });

// The server's side, as the viewer sees it.
class Channel {
  constructor() {
    Object.assign(this, { binaryType: "", protocol: "", readyState: "open", onopen: null, onmessage: null, onclose: null, onerror: null });
  }

  send() {}

  // A socket says that it is closed, and the viewer waits for that word.
  close() {
    this.readyState = "closed";
    setTimeout(() => this.onclose?.({ code: 1000, reason: "" }), 0);
  }

  say(bytes) {
    if (bytes.length) this.onmessage({ data: bytes.slice().buffer });
  }
}

// Pieces of the recording: a head of nine bytes each, which may stand in two readings.
export async function* piecesOf(body) {
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

export class Drawing {
  constructor(place) {
    this.order = [0, 1, 2];
    this.over = false;
    this.channel = new Channel();
    this.rfb = new RFB(place, this.channel, { shared: true });
    this.rfb.viewOnly = true;
    this.rfb.scaleViewport = true;
    drawnInOrder(this.rfb, () => this.order);
    for (const word of LET_IN) this.channel.say(bytesOf(word));
  }

  // Have so much of the server's stream drawn.
  async say(bytes) {
    this.channel.say(bytes);
    while (!this.over && this.rfb._flushing) await soon(5);
  }

  // How pixels are written from here on; false where that can't be shown.
  pixels(bytes) {
    this.order = orderOf(bytes);
    return this.order !== null;
  }

  end() {
    this.over = true;
    this.rfb.disconnect();
  }
}
