// A live screen: drawn from its beginning as fast as that goes, then as it is recorded. What the page says to the viewer goes
// nowhere. When the stream is lost, it is drawn anew from the beginning, and what stands there meanwhile is called old.
import { BEGINS, BROKEN, CLOSED, Drawing, LIVE, PIXELS, SERVER, piecesOf } from "/static/screen-stream.js";

const place = document.getElementById("pixels");
const state = document.getElementById("pixels-state");
const AGAIN_MS = 2000;
const say = (text, bad) => {
  state.textContent = text;
  state.hidden = !text;
  state.classList.toggle("bad", Boolean(bad));
};
let drawing = null;
let drawn = 0;

const begin = () => {
  drawing?.end();
  drawing = new Drawing(place);
  drawn = 0;
  delete place.dataset.live;
};

const told = (what) => {
  switch (what) {
    case BEGINS: begin(); say(penstockSays("screen_catches_up")); break;
    case LIVE: place.dataset.live = "true"; say(""); break;
    case CLOSED: delete place.dataset.live; say(penstockSays("screen_closed")); break;
    case BROKEN: say(penstockSays("screen_ends_here"), true); break;
    default: break;
  }
};

const follow = async () => {
  const answer = await fetch(place.dataset.stream);
  if (!answer.ok) return answer.status < 500;
  say(penstockSays("no_screen"));
  for await (const { what, bytes } of piecesOf(answer.body)) {
    if (what === SERVER) {
      await drawing.say(bytes);
      drawn += bytes.length;
      place.dataset.drawn = String(drawn);
    } else if (what !== PIXELS) {
      told(what);
    } else if (!drawing.pixels(bytes)) {
      say(penstockSays("pixels_not_shown"), true);
      return null;
    }
  }
  return true;
};

const watch = async () => {
  for (;;) {
    let over = false;
    try {
      over = await follow();
    } catch {
      over = false;
    }
    delete place.dataset.live;
    if (over === null) return;
    if (over) {
      say(penstockSays("stream_over"));
      return;
    }
    say(penstockSays("stream_lost"), true);
    await new Promise((resolve) => { setTimeout(resolve, AGAIN_MS); });
  }
};

watch();
