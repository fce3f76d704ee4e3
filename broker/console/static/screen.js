// The screen of an asset, drawn by noVNC. It speaks RFB with the gate, which has signed in at the asset and holds what may
// be done there; the password never comes here. How it ended is said by a line of text among the bytes, or by the close.
import RFB from "/static/vendor/novnc/core/rfb.js";

const { part, begun, lost, over, opens } = penstockWork;
const place = part("screen-of-asset");
const screen = part("screen");
const whole = part("whole");
const RETURN = 0xff0d;
const BACKSPACE = 0xff08;

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

const open = (protocols) => {
  begun();
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
    place.classList.add("over");
    over(refused ? { words: refused } : wanted ? {} : told ?? lost());
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
  return () => {
    if (!abort.signal.aborted) rfb.disconnect();
  };
};

opens(place, open);
