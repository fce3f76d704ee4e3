// A viewer of ours reads pixels as red, green, blue. A recording has them as the vendor's own viewer asked for them.
"use strict";

// Where red, green and blue stand among a pixel's bytes; null for a format that can't be shown.
export const orderOf = (format) => {
  const view = new DataView(format.buffer, format.byteOffset, 16);
  const [bits, , big, trueColour] = [0, 1, 2, 3].map((at) => view.getUint8(at));
  const most = [4, 6, 8].map((at) => view.getUint16(at));
  const shifts = [10, 11, 12].map((at) => view.getUint8(at));
  if (bits !== 32 || !trueColour || most.some((one) => one !== 255) || shifts.some((one) => one % 8)) return null;
  const order = shifts.map((one) => (big ? 3 - one / 8 : one / 8));
  return [...order].sort().join() === "0,1,2" ? order : null;
};

// Tight has its own order, always the same; what stands here draws in the viewer's. By their numbers in RFC 6143.
const IN_THE_VIEWER_S_ORDER = [0, 2, 5, 6, 16];

// Have ``rfb`` draw pixels whose bytes are in ``order()``.
export const drawnInOrder = (rfb, order) => {
  const put = (from, into, at) => {
    const [red, green, blue] = order();
    [into[at], into[at + 1], into[at + 2], into[at + 3]] = [from[at + red], from[at + green], from[at + blue], 255];
  };
  const turned = (display) => ({
    blitImage(x, y, width, height, pixels, offset) {
      const out = new Uint8Array(width * height * 4);
      const from = pixels.subarray(offset, offset + out.length);
      for (let at = 0; at < out.length; at += 4) put(from, out, at);
      display.blitImage(x, y, width, height, out, 0);
    },
    fillRect(x, y, width, height, colour) {
      const out = [0, 0, 0, 255];
      put(colour, out, 0);
      display.fillRect(x, y, width, height, out);
    },
  });
  for (const number of IN_THE_VIEWER_S_ORDER) {
    const decoder = rfb._decoders[number];
    const decode = decoder.decodeRect.bind(decoder);
    decoder.decodeRect = (x, y, width, height, sock, display, depth) =>
      decode(x, y, width, height, sock, order().join() === "0,1,2" ? display : turned(display), depth);
  }
};
