// A device's page, in a tab and at an origin of its own. This tab holds it open, asks for what lets this browser in there,
// and says how it ended. It never has a hold of that tab, nor that one of this.
"use strict";
(() => {
  const { part, begun, lost, over, opens } = penstockWork;
  const place = part("panel");
  const enter = part("enter");

  const open = (protocols) => {
    begun();
    part("problem").hidden = true;
    let told = null;
    let wanted = false;
    const abort = new AbortController();
    const heeds = { signal: abort.signal };
    const socket = new WebSocket(`wss://${location.host}${place.dataset.socket}`, protocols);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => {
      if (typeof data === "string") {
        told = JSON.parse(data).ended ?? told;
        return;
      }
      const { at, tally, problem } = JSON.parse(new TextDecoder().decode(data));
      part("problem").textContent = problem ?? "";
      part("problem").hidden = !problem;
      if (at) {
        part("at").textContent = new URL(at).origin;
        enter.action = at;
        place.hidden = false;
        place.dataset.connected = "true";
      }
      if (!tally) return;
      enter.elements.tally.value = tally;
      enter.submit();
      enter.elements.tally.value = "";
    });
    enter.addEventListener("submit", (event) => {
      event.preventDefault();
      socket.send(new TextEncoder().encode(part("begins").value));
    }, heeds);
    part("end").addEventListener("click", () => {
      wanted = true;
      socket.close(1000);
    }, heeds);
    socket.addEventListener("close", () => {
      abort.abort();
      delete place.dataset.connected;
      place.hidden = true;
      over(wanted ? {} : told ?? lost());
    });
    return () => {
      if (!abort.signal.aborted) socket.close(1000);
    };
  };

  opens(place, open);
})();
