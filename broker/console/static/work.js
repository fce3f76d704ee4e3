// What every page on which somebody works at an asset has in common: it opens once its person was let in, says how it
// ended, and asks anew before it opens again.
"use strict";
const penstockWork = (() => {
  const part = (name) => document.querySelector(`[data-${name}]`);
  const opening = part("opening");
  const ended = part("ended");

  // A phone's keyboard covers a part of the page, and only this says how much is left.
  const seen = () => document.body.style.setProperty("--seen", `${visualViewport.height}px`);
  visualViewport.addEventListener("resize", seen);
  seen();

  const tell = (name, text) => {
    const element = part(`ended-${name}`);
    element.textContent = text ?? "";
    element.hidden = !text;
  };

  // Who is let in while the page's own script still loads, as a viewer of many files may, is not lost: it opens then.
  let opener = null;
  let letIn = null;
  let close = () => {};
  const shut = () => {
    close();
    close = () => {};
  };
  const enter = () => {
    if (!opener || !letIn) return;
    shut();
    close = opener(letIn.protocols);
    letIn = null;
  };
  document.addEventListener("penstock:let-in", ({ detail }) => {
    letIn = detail;
    enter();
  });

  return {
    part,

    begun() {
      opening.hidden = true;
      ended.hidden = true;
    },

    // What is said of a socket that closed without a word.
    lost: () => ({ code: "connection_lost", sentence: penstockSays("ended_lost"), remedy: penstockSays("ended_lost_remedy") }),

    over(said, { head = penstockSays("ended"), bad = Boolean(said.words || said.sentence) } = {}) {
      tell("head", head);
      tell("words", said.words);
      tell("sentence", said.sentence);
      tell("remedy", said.remedy);
      ended.classList.toggle("bad", bad);
      ended.hidden = false;
      part("again").focus();
    },

    // `open` is given what lets its socket in, and gives back what closes all that it opened.
    opens(place, open) {
      opener = open;
      enter();
      part("again").addEventListener("click", () => {
        shut();
        ended.hidden = true;
        place.hidden = true;
        opening.hidden = false;
        opening.querySelector("button, input").focus();
      });
    },
  };
})();
