// Draws the zone map from the words in the page: elkjs reckons the places in a worker, this draws them.
// Without it the tables say the same. A plan of the same shape keeps its places, so that nothing jumps.
"use strict";
(() => {
  const figure = document.querySelector("[data-zone-map]");
  if (!figure || typeof ELK === "undefined") return;
  const view = figure.querySelector(".map-view");
  const elk = new ELK({ workerUrl: "/static/vendor/elk-worker.min.js" });
  const ink = document.createElement("canvas").getContext("2d");
  const MOST_NAMED = 16; // more conduits than this, and their names stand in the table only
  const PAD = 12;
  const LINE = 18;
  const TEXT = 13; // px of a name at full size
  const LEAST = 0.9; // smaller than this by its own choice never: a reader scrolls rather than squints
  const STEP = 1.25;

  const element = (name, attributes, ...inside) => {
    const made = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...inside);
    return made;
  };
  const sized = (text, size) => {
    text.style.fontSize = `${size}px`; // an attribute would be an inline style, which the pages' policy forbids
    return text;
  };
  const wide = (text, weight, size = TEXT) => {
    ink.font = `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
    return Math.ceil(ink.measureText(text).width);
  };
  const kind = (zone) =>
    [
      zone.level && penstockSays("level", { level: zone.level }),
      zone.safety ? penstockSays("safety") : zone.dmz && penstockSays("dmz"),
    ].filter(Boolean).join(", ") || penstockSays("no_level");
  const standing = (one) => [
    ...(one.closed ? [[penstockSays("closed"), "alarm"]] : []),
    ...(one.voids ? [[one.voids === 1 ? penstockSays("one_void") : penstockSays("voids", { count: one.voids }), "warn"]] : []),
    ...(one.live ? [[penstockSays("live_count", { count: one.live }), "good"]] : []),
  ];
  const classes = (one) =>
    one.closed ? "closed" : one.live ? "live" : one.voids ? "void" : "open";

  const shape = (plan) =>
    JSON.stringify([
      plan.zones.map((one) => [one.id, one.name, one.site]),
      plan.conduits.map((one) => [one.id, one.name, one.from, one.to]),
    ]);

  // Words in as few lines as fit a box of this width at this size; nothing where they do not fit.
  const wrapped = (text, width, height, size) => {
    const lines = [""];
    for (const word of text.split(" ")) {
      const longer = `${lines.at(-1)} ${word}`.trim();
      if (wide(longer, 650, size) <= width) lines[lines.length - 1] = longer;
      else if (wide(word, 650, size) <= width) lines.push(word);
      else return null;
    }
    return lines.length * size * 1.15 <= height ? lines : null;
  };

  const graph = (plan, direction) => {
    const named = plan.conduits.length <= MOST_NAMED;
    const zone = (one) => ({
      id: one.id,
      width: Math.max(wide(one.name, 650), wide(`${kind(one)} · ${penstockSays("widest_state")}`, 400), 130) + 2 * PAD,
      height: 3 * LINE + 2 * PAD,
      // The office above, the process below, as everybody draws it; the conduits may lead anywhere.
      layoutOptions: { "elk.partitioning.partition": String(Math.round(50 - 10 * Number(one.level))) },
    });
    const options = {
      "elk.algorithm": "layered",
      "elk.direction": direction,
      "elk.edgeRouting": "ORTHOGONAL",
      "elk.hierarchyHandling": "INCLUDE_CHILDREN",
      "elk.spacing.nodeNode": "36",
      "elk.spacing.edgeNode": "22",
      "elk.spacing.edgeEdge": "16",
      "elk.spacing.edgeLabel": "6",
      "elk.layered.spacing.nodeNodeBetweenLayers": "56",
      "elk.layered.spacing.edgeNodeBetweenLayers": "24",
      "elk.layered.considerModelOrder.strategy": "PREFER_NODES",
      "elk.padding": "[top=24,left=24,bottom=24,right=24]",
    };
    return {
      id: "plant",
      layoutOptions: options,
      children: plan.sites.map((site) => ({
        id: `site ${site.id}`,
        layoutOptions: { "elk.padding": "[top=44,left=20,bottom=20,right=20]", "elk.partitioning.activate": "true" },
        children: plan.zones.filter((one) => one.site === site.id).map(zone),
      })),
      edges: plan.conduits.map((one) => ({
        id: `conduit ${one.id}`,
        sources: [one.from],
        targets: [one.to],
        labels: named ? [{ text: one.name, width: wide(one.name, 400) + 10, height: LINE }] : [],
      })),
    };
  };

  // From far away a zone is its name, as large as its box takes it; near by all its words are there.
  const far = (one, box, scale) => {
    const height = box.height - 2 * 6;
    for (let size = Math.min(TEXT / scale, 40); size > TEXT; size -= 1) {
      const lines = wrapped(one.name, box.width - 2 * 6 - size / 2, height, size); // a space ends each line
      if (!lines) continue;
      const text = sized(element("text", { class: "name" }), size);
      const top = (box.height - lines.length * size * 1.15) / 2 + size;
      lines.forEach((line, at) => text.append(element("tspan", { x: 6, y: top + at * size * 1.15 }, `${line} `)));
      return [text, element("title", {}, [one.name, kind(one), one.state, ...standing(one).map(([word]) => word)].join(", "))];
    }
    return null;
  };

  const zoneDrawn = (one, box, x, y, scale) => {
    const words = standing(one);
    const link = element(
      "a",
      {
        href: `#zone-${one.id}`,
        class: `zone ${classes(one)}${one.safety ? " safety" : ""}${one.dmz ? " dmz" : ""}`,
        transform: `translate(${x},${y})`,
      },
      element("rect", { class: "box", width: box.width, height: box.height, rx: 2 }),
    );
    const only = scale < LEAST && far(one, box, scale);
    if (only) {
      link.append(...only);
      return link;
    }
    link.append(
      element("text", { class: "name", x: PAD, y: PAD + 12 }, `${one.name} `),
      element("text", { class: "small", x: PAD, y: PAD + LINE + 12 }, `${kind(one)} · ${one.state} `),
    );
    const line = element("text", { x: PAD, y: PAD + 2 * LINE + 12 });
    for (const [text, class_] of words) line.append(element("tspan", { class: class_, dx: line.childElementCount ? 4 : 0 }, `${text} `));
    link.append(line);
    return link;
  };

  const conduitDrawn = (one, edge, x, y, from, to) => {
    const words = standing(one);
    const link = element("a", {
      href: `#conduit-${one.id}`,
      class: `conduit ${classes(one)}`,
      "aria-label": `${penstockSays("conduit", { name: one.name, source: from, destination: to })}${words.map(([text]) => `, ${text}`).join("")}`,
      transform: `translate(${x},${y})`,
    });
    for (const section of edge.sections ?? []) {
      const points = [section.startPoint, ...(section.bendPoints ?? []), section.endPoint];
      const way = points.map((at) => `${at.x},${at.y}`).join(" ");
      const end = points.at(-1);
      const before = points.at(-2);
      const turn = (Math.atan2(end.y - before.y, end.x - before.x) * 180) / Math.PI;
      link.append(
        element("polyline", { class: "hit", points: way }),
        element("polyline", { class: "line", points: way }),
        element("path", { class: "arrow", d: "M0,0 L-11,-5 L-11,5 Z", transform: `translate(${end.x},${end.y}) rotate(${turn})` }),
      );
    }
    const [label] = edge.labels ?? [];
    if (label)
      link.append(
        element("rect", { class: "plate-label", x: label.x, y: label.y, width: label.width, height: label.height }),
        element("text", { class: "small", x: label.x + 5, y: label.y + 13 }, label.text),
      );
    link.append(element("title", {}, penstockSays("way", { name: one.name, source: from, destination: to })));
    return link;
  };

  const draw = (plan, laid, scale) => {
    const zones = new Map(plan.zones.map((one) => [one.id, one]));
    const conduits = new Map(plan.conduits.map((one) => [`conduit ${one.id}`, one]));
    const places = new Map();
    const picture = element("svg", {
      width: laid.width * scale,
      height: laid.height * scale,
      viewBox: `0 0 ${laid.width} ${laid.height}`,
    });
    const boxes = element("g", {});
    const lines = element("g", {});
    const walk = (node, x, y) => {
      places.set(node.id, [x, y]);
      for (const child of node.children ?? []) {
        const [at, down] = [x + child.x, y + child.y];
        const zone = zones.get(child.id);
        if (zone) boxes.append(zoneDrawn(zone, child, at, down, scale));
        else {
          const site = plan.sites.find((one) => `site ${one.id}` === child.id);
          boxes.append(
            element("rect", { class: "site-box", x: at, y: down, width: child.width, height: child.height, rx: 4 }),
            sized(element("text", { class: "name", x: at + 14, y: down + 28 }, site.name), Math.min(TEXT / Math.min(scale, 1), 28)),
          );
          walk(child, at, down);
        }
      }
    };
    walk(laid, 0, 0);
    for (const edge of laid.edges) {
      const one = conduits.get(edge.id);
      const [x, y] = places.get(edge.container ?? laid.id);
      lines.append(conduitDrawn(one, edge, x, y, zones.get(one.from).name, zones.get(one.to).name));
    }
    picture.append(lines, boxes);
    const focused = document.activeElement?.closest?.(".map-view a")?.getAttribute("href");
    const place = [view.scrollLeft, view.scrollTop];
    view.replaceChildren(picture);
    [view.scrollLeft, view.scrollTop] = place;
    if (focused) view.querySelector(`a[href="${CSS.escape(focused)}"]`)?.focus({ preventScroll: true });
  };

  let drawn = "";
  let laid = null;
  let plan = null;
  let scale = 0; // 0: nobody chose one yet

  const room = () => view.clientWidth / laid.width;
  const whole = () => Math.min(1, room(), (0.72 * innerHeight) / laid.height);
  const now = () => scale || Math.max(LEAST, Math.min(1, room()));
  const paint = () => draw(plan, laid, now());

  const show = async () => {
    const source = document.querySelector("[data-zone-plan]");
    if (!source) return;
    plan = JSON.parse(source.dataset.zonePlan);
    figure.hidden = false;
    const wanted = shape(plan);
    if (wanted !== drawn) {
      laid = await elk.layout(graph(plan, "DOWN"));
      if (room() < LEAST) {
        // Many zones under one DMZ stand in a row as wide as a street: from left to right they stand in a column.
        const aside = await elk.layout(graph(plan, "RIGHT"));
        if (aside.width < laid.width) laid = aside;
      }
      drawn = wanted;
    }
    paint();
  };

  const size = figure.querySelector("[data-map-size]");
  const at = (chosen) => {
    scale = chosen;
    size.setAttribute("aria-pressed", String(scale === whole()));
    paint();
  };
  size.addEventListener("click", () => at(scale === whole() ? 0 : whole()));
  figure.querySelector("[data-map-larger]").addEventListener("click", () => at(Math.min(3, now() * STEP)));
  figure.querySelector("[data-map-smaller]").addEventListener("click", () => at(Math.max(whole() / STEP, now() / STEP)));
  document.addEventListener("htmx:after:swap", show);
  show();
})();
