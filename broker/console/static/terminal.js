// A terminal at an asset. What comes from there is hostile until shown otherwise: it is drawn, and can do nothing else
// with this page, its title, its links or the clipboard. It says how it ended, and asks anew before it opens again.
"use strict";
(() => {
  const { part, begun, lost, over, opens } = penstockWork;
  const place = part("terminal");
  const command = part("command");
  const control = part("control");
  const reader = part("reader");
  const PIECE = 16 * 1024;
  const MOST_ON_THE_WAY = 64 * 1024;
  const TELL_AFTER = 16 * 1024;

  const finish = (said) => {
    const status = said.signal ? penstockSays("ended_by", { signal: said.signal })
      : said.status === null || said.status === undefined ? penstockSays("ended_early")
        : penstockSays("ended_with", { status: said.status });
    over(said, {
      head: said.code === "exited" && !said.words ? status : penstockSays("ended"),
      bad: said.code !== "exited" || said.status !== 0,
    });
  };

  // Control characters in what somebody pastes would act in their name; a line's end and a tab may.
  const clean = (text) => text.replace(/[^\P{Cc}\t\n\r]/gu, "");

  const open = (protocols) => {
    const terminal = new Terminal({
      cursorBlink: !matchMedia("(prefers-reduced-motion: reduce)").matches,
      fontFamily: "ui-monospace, monospace",
      fontSize: 14,
      scrollback: 5000,
      screenReaderMode: reader.getAttribute("aria-pressed") === "true",
      minimumContrastRatio: 4.5,
      windowOptions: {},
    });
    // No link, no title, no icon, no clipboard, no colour of the page's own: an asset may ask, and nothing happens.
    for (const number of [0, 1, 2, 4, 8, 10, 11, 12, 52, 104, 110, 111, 112]) {
      terminal.parser.registerOscHandler(number, () => true);
    }
    const fit = new FitAddon.FitAddon();
    terminal.loadAddon(fit);
    begun();
    place.hidden = false;
    place.classList.remove("over");
    terminal.open(part("screen"));
    fit.fit();

    const socket = new WebSocket(`wss://${location.host}${place.dataset.socket}`, protocols);
    socket.binaryType = "arraybuffer";
    const send = (said) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(said);
    };

    // Typed: no more on the way than the console has room for. It says what it has passed on.
    let waiting = [];
    let onTheWay = 0;
    const pass = () => {
      while (waiting.length && onTheWay < MOST_ON_THE_WAY) {
        const piece = waiting.shift();
        onTheWay += piece.length;
        send(piece);
      }
    };
    const type = (bytes) => {
      for (let at = 0; at < bytes.length; at += PIECE) waiting.push(bytes.slice(at, at + PIECE));
      pass();
    };
    const typed = (text) => {
      let sent = text;
      if (control.getAttribute("aria-pressed") === "true" && /^[@-_a-z]$/.test(text)) {
        sent = String.fromCharCode(text.toUpperCase().charCodeAt(0) & 0x1f);
        control.setAttribute("aria-pressed", "false");
      }
      type(new TextEncoder().encode(sent));
    };
    terminal.onData(typed);
    terminal.onBinary((text) => type(Uint8Array.from(text, (one) => one.charCodeAt(0))));
    terminal.onResize(({ cols, rows }) => send(JSON.stringify({ size: [cols, rows] })));

    // Drawn: the asset is stopped when the console has sent far more than that.
    let drawn = 0;
    let told = null;
    socket.addEventListener("open", () => {
      send(JSON.stringify({ start: [terminal.cols, terminal.rows], command: command?.value ?? "" }));
      terminal.focus();
    });
    socket.addEventListener("message", ({ data }) => {
      if (typeof data === "string") {
        const said = JSON.parse(data);
        if (said.ended) told = said.ended;
        if (said.taken) {
          onTheWay -= said.taken;
          pass();
        }
        return;
      }
      const bytes = new Uint8Array(data);
      terminal.write(bytes, () => {
        drawn += bytes.length;
        if (drawn < TELL_AFTER) return;
        send(JSON.stringify({ drawn }));
        drawn = 0;
      });
    });

    const watching = new ResizeObserver(() => requestAnimationFrame(() => fit.fit()));
    watching.observe(part("screen"));
    const abort = new AbortController();
    const heeds = { signal: abort.signal };
    const paste = (text) => terminal.paste(clean(text));
    part("screen").addEventListener("paste", (event) => {
      event.preventDefault();
      event.stopPropagation();
      paste(event.clipboardData.getData("text/plain"));
    }, { ...heeds, capture: true });
    const copy = () => navigator.clipboard.writeText(terminal.getSelection());
    terminal.attachCustomKeyEventHandler((event) => {
      if (!(event.ctrlKey && event.shiftKey && event.code === "KeyC" && terminal.hasSelection())) return true;
      if (event.type === "keydown") copy();
      event.preventDefault();
      return false;
    });
    part("copy-selection").addEventListener("click", () => copy().then(() => terminal.focus()), heeds);
    part("paste").addEventListener("click", async () => {
      try {
        paste(await navigator.clipboard.readText());
      } catch {
        // The browser did not let it: its own way to paste is left.
      }
      terminal.focus();
    }, heeds);
    const arrows = { ArrowUp: "A", ArrowDown: "B", ArrowRight: "C", ArrowLeft: "D" };
    for (const key of document.querySelectorAll("[data-key]")) {
      key.addEventListener("click", () => {
        const name = key.dataset.key;
        const arrow = `\x1b${terminal.modes.applicationCursorKeysMode ? "O" : "["}${arrows[name]}`;
        typed(name === "Escape" ? "\x1b" : name === "Tab" ? "\t" : arrow);
        terminal.focus();
      }, heeds);
    }
    control.addEventListener("click", () => {
      control.setAttribute("aria-pressed", String(control.getAttribute("aria-pressed") !== "true"));
      terminal.focus();
    }, heeds);
    reader.addEventListener("click", () => {
      const on = reader.getAttribute("aria-pressed") !== "true";
      reader.setAttribute("aria-pressed", String(on));
      terminal.options.screenReaderMode = on;
      terminal.focus();
    }, heeds);
    part("end").addEventListener("click", () => socket.close(1000), heeds);

    socket.addEventListener("close", () => {
      terminal.options.disableStdin = true;
      terminal.options.cursorBlink = false;
      abort.abort();
      place.classList.add("over");
      finish(told ?? lost());
    });
    return () => {
      abort.abort();
      watching.disconnect();
      terminal.dispose();
      socket.close();
    };
  };

  opens(place, open);
})();
