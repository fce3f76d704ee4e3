// The screen of an asset, drawn by noVNC. It speaks RFB with the gate, which has signed in at the asset and holds what may
// be done there; the password never comes here. How it ended is said by a line of text among the bytes, or by the close.
import RFB from "/static/vendor/novnc/core/rfb.js";

const part = (name) => document.querySelector(`[data-${name}]`);
const opening = part("opening");
const place = part("screen-of-asset");
const screen = part("screen");
const ended = part("ended");
const whole = part("whole");
const RETURN = 0xff0d;
const BACKSPACE = 0xff08;
let close = () => {};

const tell = (name, text) => {
  const element = part(`ended-${name}`);
  element.textContent = text;
  element.hidden = !text;
};

const over = (said) => {
  tell("head", penstockSays("ended"));
  tell("words", said.words);
  tell("sentence", said.sentence);
  tell("remedy", said.remedy);
  ended.classList.toggle("bad", Boolean(said.words || said.sentence));
  place.classList.add("over");
  ended.hidden = false;
  part("again").focus();
};

// A WebSocket as the viewer wants one: what is text is for this page, and what is bytes for the viewer.
class Way {
  constructor(socket, heard) {
    this.socket = socket;
    this.binaryType = "arraybuffer";
    Object.assign(this, { onopen: null, onmessage: null, onclose: null, onerror: null });
    socket.binaryType = "arraybuffer";
    socket.onopen = (event) => this.onopen(event);
    socket.onclose = (event) => this.onclose(event);
    socket.onerror = (event) => this.onerror(event);
    socket.onmessage = (event) => (typeof event.data === "string" ? heard(JSON.parse(event.data)) : this.onmessage(event));
  }

  get readyState() { return this.socket.readyState; }

  get protocol() { return this.socket.protocol; }

  send(data) { this.socket.send(data); }

  close() { this.socket.close(1000); }
}

const seen = () => document.body.style.setProperty("--seen", `${visualViewport.height}px`);
visualViewport.addEventListener("resize", seen);
seen();

const open = (protocols) => {
  opening.hidden = true;
  ended.hidden = true;
  place.hidden = false;
  place.classList.remove("over");
  let told = null;
  let refused = "";
  let wanted = false;
  const socket = new WebSocket(`wss://${location.host}${place.dataset.socket}`, protocols);
  const way = new Way(socket, (said) => { told = said.ended ?? told; });
  const rfb = new RFB(screen, way, { shared: true });
  rfb.viewOnly = "looks" in place.dataset;
  rfb.scaleViewport = whole.getAttribute("aria-pressed") === "true";
  const abort = new AbortController();
  const heeds = { signal: abort.signal };
  const press = (symbol) => rfb.sendKey(symbol, null);
  rfb.addEventListener("connect", () => { place.dataset.connected = "true"; rfb.focus(); });
  // The gate says why there is no way in where RFB has a reason; it is English, like all that is said there.
  rfb.addEventListener("securityfailure", ({ detail }) => { refused = detail.reason ?? ""; });
  rfb.addEventListener("disconnect", () => {
    abort.abort();
    delete place.dataset.connected;
    over(refused ? { words: refused } : wanted ? {} : told ?? { sentence: penstockSays("ended_lost"), remedy: penstockSays("ended_lost_remedy") });
  });
  for (const key of document.querySelectorAll("[data-key]")) {
    key.addEventListener("click", () => { press(Number(key.dataset.key)); rfb.focus(); }, heeds);
  }
  part("three")?.addEventListener("click", () => { rfb.sendCtrlAltDel(); rfb.focus(); }, heeds);
  // A phone's keyboard writes into a field; what is written there goes on, and stays nowhere.
  const typed = part("typed");
  typed?.addEventListener("input", () => {
    for (const one of typed.value) {
      const point = one.codePointAt(0);
      press(point < 0x100 ? point : 0x01000000 | point);
    }
    typed.value = "";
  }, heeds);
  typed?.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== "Backspace") return;
    press(event.key === "Enter" ? RETURN : BACKSPACE);
    event.preventDefault();
  }, heeds);
  whole.addEventListener("click", () => {
    const fits = whole.getAttribute("aria-pressed") !== "true";
    whole.setAttribute("aria-pressed", String(fits));
    rfb.scaleViewport = fits;
  }, heeds);
  part("end").addEventListener("click", () => {
    wanted = true;
    rfb.disconnect();
  }, heeds);
  close = () => {
    close = () => {};
    if (!abort.signal.aborted) rfb.disconnect();
  };
};

document.addEventListener("penstock:let-in", ({ detail }) => {
  close();
  open(detail.protocols);
});
part("again").addEventListener("click", () => {
  ended.hidden = true;
  place.hidden = true;
  opening.hidden = false;
  opening.querySelector("button, input").focus();
});
