/* Draws each [data-chart] from the JSON block it names, in the colours of the tokens, and again when the theme, the
   page's direction or a live region changes. The table below holds the same values; a bar or point leads where its
   row does. Chart.js (vendor/) must be loaded before. */
(() => {
  "use strict";
  const drawn = new Map(); // canvas -> Chart
  const shown = new Set(); // ids of tables somebody opened: they stay open when a region is refreshed
  let isFirst = true;

  const isCalm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;

  /* The colour a token has here and now: tokens are expressions, a canvas wants the result. */
  function token(box, name) {
    const probe = document.createElement("i");
    probe.hidden = true;
    probe.style.color = `var(--${name})`;
    box.append(probe);
    const colour = getComputedStyle(probe).color;
    probe.remove();
    return colour;
  }

  const locale = document.documentElement.lang || "en";

  /* As the server writes it: a real minus, as wide as a plus. */
  function format(value, unit) {
    return plain(value, unit).replace("-", "\u2212");
  }

  function plain(value, unit) {
    if (value === null || value === undefined) return "–";
    if (unit === "share") return new Intl.NumberFormat(locale, { style: "percent", maximumFractionDigits: 0 }).format(value);
    const digits = unit === "rating" ? 1 : unit === "sentiment" ? 2 : 0;
    return new Intl.NumberFormat(locale, { maximumFractionDigits: digits, minimumFractionDigits: unit === "count" ? 0 : digits }).format(value);
  }

  const LANE = 16; // pixels a line of release names takes above the plot
  const MOST_LANES = 3;

  /* Where names of releases stand: [{mark, lane, isAfter}], none over another; a name without room is left out. */
  function placeMarks(ctx, list, position, area, isRtl) {
    const ends = []; // per lane the spans taken, as [from, to]
    return list.map((mark) => {
      const x = position(mark.index);
      const width = ctx.measureText(mark.label).width + 10;
      const overflows = isRtl ? x - width < area.left : x + width > area.right;
      const isAfter = isRtl ? overflows : !overflows;
      const [from, to] = isAfter ? [x, x + width] : [x - width, x];
      let lane = ends.findIndex((spans) => spans.every(([start, end]) => to < start || from > end));
      if (lane < 0 && ends.length < MOST_LANES) lane = ends.push([]) - 1;
      if (lane >= 0) ends[lane].push([from, to]);
      return { mark, lane, isAfter };
    });
  }

  /* Vertical lines with names above the plot, so that they hide nothing of it: releases. */
  const marks = {
    id: "marks",
    beforeLayout(chart, _args, options) {
      if (!options.list || !options.list.length) return;
      const { ctx } = chart;
      ctx.save();
      ctx.font = `600 11px ${options.font}`;
      const margin = 40; // about what the axis takes: the real plot is not known yet
      const area = { left: margin, right: chart.width };
      const step = (area.right - area.left) / Math.max(chart.data.labels.length, 1);
      const isRtl = Boolean(options.isRtl);
      const position = (index) => (isRtl ? area.right - margin - (index + 0.5) * step : area.left + (index + 0.5) * step);
      const lanes = placeMarks(ctx, options.list, position, area, isRtl).map((one) => one.lane + 1);
      ctx.restore();
      chart.laneCount = Math.max(...lanes, chart.lanesNeeded ?? 0);
      chart.options.layout.padding = { top: chart.laneCount * LANE };
    },
    afterDatasetsDraw(chart, _args, options) {
      if (!options.list || !options.list.length) return;
      const { ctx, chartArea, scales } = chart;
      ctx.save();
      ctx.font = `600 11px ${options.font}`;
      ctx.lineWidth = 1;
      ctx.setLineDash([3, 3]);
      ctx.strokeStyle = options.colour;
      const x = (mark) => Math.round(scales.x.getPixelForValue(mark.index)) + 0.5;
      const placed = placeMarks(ctx, options.list, (index) => scales.x.getPixelForValue(index), chartArea, Boolean(options.isRtl));
      const needed = Math.max(...placed.map((one) => one.lane + 1));
      if (needed > chart.laneCount) { // the guess before the layout was too low
        chart.lanesNeeded = needed;
        requestAnimationFrame(() => chart.canvas && chart.update("none"));
      }
      const named = placed.filter((one) => one.lane >= 0 && one.lane < chart.laneCount);
      const top = (one) => chartArea.top - (named.includes(one) ? (one.lane + 1) * LANE - 2 : 0);
      for (const one of placed) {
        ctx.beginPath();
        ctx.moveTo(x(one.mark), top(one));
        ctx.lineTo(x(one.mark), chartArea.bottom);
        ctx.stroke();
      }
      for (const one of named) { // after all lines: none runs through a name
        const start = x(one.mark) + (one.isAfter ? 4 : -4);
        const width = ctx.measureText(one.mark.label).width;
        ctx.textAlign = one.isAfter ? "left" : "right";
        ctx.fillStyle = options.surface;
        ctx.fillRect(one.isAfter ? start - 1 : start - width - 1, top(one), width + 2, LANE - 3);
        ctx.fillStyle = options.colour;
        ctx.fillText(one.mark.label, start, top(one) + 10);
      }
      ctx.restore();
    },
  };

  /* What a sideways bar says, at its end: its value, and a word where it has one. */
  const ends = {
    id: "ends",
    afterDatasetsDraw(chart, _args, options) {
      if (!options.notes) return;
      const { ctx } = chart;
      ctx.save();
      ctx.font = `500 11px ${options.font}`;
      ctx.fillStyle = options.colour;
      ctx.textBaseline = "middle";
      ctx.textAlign = options.isRtl ? "right" : "left";
      chart.getDatasetMeta(0).data.forEach((bar, index) => {
        const value = chart.data.datasets[0].data[index];
        if (value === null || value === undefined) return;
        const words = [format(value, options.unit), options.notes[index]].filter(Boolean).join(" ");
        ctx.fillText(words, bar.x + (options.isRtl ? -6 : 6), bar.y);
      });
      ctx.restore();
    },
  };

  /* The line of the days before runs over bars of any colour: an edge of the surface keeps it apart from them. */
  const edges = {
    id: "edges",
    beforeDatasetDraw(chart, { index, meta }, options) {
      if (!chart.data.datasets[index].hasEdge || !meta.dataset) return;
      const { ctx } = chart;
      ctx.save();
      ctx.beginPath();
      meta.dataset.path(ctx);
      ctx.lineWidth = 5;
      ctx.lineJoin = "round";
      ctx.strokeStyle = options.colour;
      ctx.stroke();
      ctx.restore();
    },
  };

  /* The fill of a time that is not over yet: stripes of ``colour``. */
  function hatched(colour, surface) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const ctx = tile.getContext("2d");
    ctx.fillStyle = surface;
    ctx.fillRect(0, 0, 6, 6);
    ctx.strokeStyle = colour;
    ctx.lineWidth = 2.5;
    for (const x of [-3, 3, 9]) {
      ctx.moveTo(x - 3, 9);
      ctx.lineTo(x + 9, -3);
    }
    ctx.stroke();
    return ctx.createPattern(tile, "repeat");
  }

  /* A value with nothing on either side of it: a line would not show it. */
  function isAlone(values, index) {
    const isKnown = (at) => values[at] !== null && values[at] !== undefined;
    return isKnown(index) && !isKnown(index - 1) && !isKnown(index + 1);
  }

  /* A long name in two lines: cut near its middle, so that it need not stand askew, or before its last word. */
  function inTwoLines(name, { isLast = false, longest = 8 } = {}) {
    const spaces = [...name].flatMap((letter, index) => (letter === " " ? [index] : []));
    if (name.length <= longest || !spaces.length) return name;
    const aim = isLast ? name.length : name.length / 2;
    const at = spaces.reduce((best, one) => (Math.abs(one - aim) < Math.abs(best - aim) ? one : best));
    return [name.slice(0, at), name.slice(at + 1)];
  }

  /* ``style`` for the stretch between two points with steps without data between them: no line is claimed there. */
  const acrossGap = (style) => (stretch) => (stretch.p0.skip || stretch.p1.skip ? style : undefined);

  function dataset(one, data, box) {
    const colour = token(box, one.colour);
    const common = { label: one.label, data: one.values, borderColor: colour };
    const told = [["marked", "chart-bad"], ["good", "chart-good"], ["neutral", "chart-neutral"]].map(([key, name]) => [data[key] || [], token(box, name)]);
    const isOpen = (index) => (data.unfinished || []).includes(index);
    const colourOf = (index) => (told.find(([places]) => places.includes(index)) || [[], colour])[1];
    const stripes = hatched(colour, token(box, "surface"));
    const fill = one.values.map((_value, index) => (isOpen(index) ? stripes : colourOf(index)));
    const edge = one.values.map((_value, index) => (isOpen(index) ? { top: 1, right: 1, bottom: 0, left: 1 } : 0));
    if (one.kind === "line") {
      const isOverBars = data.series[0].kind !== "line";
      const usual = one.dashed || data.labels.length > 40 ? 0 : 2.5;
      const points = one.values.map((_value, index) => (isAlone(one.values, index) ? Math.max(usual, 2) : usual));
      return {
        ...common,
        type: "line",
        backgroundColor: colour,
        borderWidth: one.dashed && !isOverBars ? 1.5 : 2,
        borderDash: one.dashed ? [4, 4] : [],
        pointRadius: points,
        pointHitRadius: 12,
        spanGaps: !one.dashed,
        segment: one.dashed ? {} : { borderDash: acrossGap([1, 4]), borderWidth: acrossGap(1) },
        tension: 0,
        hasEdge: one.dashed && isOverBars,
        order: one.dashed && isOverBars ? 0 : one.dashed ? 2 : 1,
      };
    }
    return { ...common, type: "bar", backgroundColor: fill, borderWidth: edge, stack: data.stacked ? "all" : undefined, borderRadius: 2, maxBarThickness: data.sideways ? 18 : 40, categoryPercentage: 0.85, barPercentage: 0.9, order: 2 };
  }

  function scales(data, box, isRtl) {
    const text = token(box, "chart-text");
    const grid = token(box, "chart-grid");
    const ticks = { color: text, font: { family: getComputedStyle(box).fontFamily, size: 11 } };
    const value = {
      beginAtZero: data.unit === "count" || data.unit === "share",
      suggestedMin: data.unit === "rating" ? 1 : data.unit === "sentiment" ? -0.5 : 0,
      suggestedMax: data.unit === "rating" ? 5 : data.unit === "sentiment" ? 0.5 : data.unit === "share" ? 0.5 : undefined,
      stacked: data.stacked,
      border: { display: false },
      grid: { color: grid },
      ticks: { ...ticks, precision: data.unit === "count" ? 0 : undefined, maxTicksLimit: 6, callback: (number) => format(number, data.unit) },
    };
    const isFew = data.sideways || data.labels.length <= 8; // each name is needed
    const names = { stacked: data.stacked, grid: { display: false }, border: { color: grid }, ticks: { ...ticks, maxRotation: isFew ? 40 : 0, autoSkip: !isFew, autoSkipPadding: 16 } };
    if (isFew && !data.sideways) names.ticks.callback = (index) => inTwoLines(data.labels[index]);
    if (data.sideways) {
      names.ticks.callback = function name(index) {
        const name = data.labels[index];
        return this.chart.width < 480 ? inTwoLines(name, { isLast: name.split(" ").length < 3, longest: 12 }) : name;
      };
    }
    return data.sideways
      ? { x: { ...value, reverse: isRtl }, y: { ...names, position: isRtl ? "right" : "left" } }
      : { x: { ...names, reverse: isRtl }, y: { ...value, position: isRtl ? "right" : "left" } };
  }

  function titleOf(items, data) {
    if (!items.length) return "";
    const { dataIndex } = items[0];
    return [data.labels[dataIndex], (data.unfinished || []).includes(dataIndex) ? data.unfinished_word : ""].filter(Boolean).join(", ");
  }

  function options(data, box) {
    const isRtl = getComputedStyle(box).direction === "rtl";
    const font = getComputedStyle(box).fontFamily;
    return {
      responsive: true,
      maintainAspectRatio: false,
      animation: isCalm() || !isFirst ? false : { duration: 250 },
      indexAxis: data.sideways ? "y" : "x",
      interaction: { mode: "index", intersect: false, axis: data.sideways ? "y" : "x" },
      locale,
      layout: { padding: data.sideways ? { [isRtl ? "left" : "right"]: data.notes.some(Boolean) ? 76 : 36 } : 0 },
      scales: scales(data, box, isRtl),
      plugins: {
        legend: { display: false },
        marks: { list: data.marks, colour: token(box, "text"), surface: token(box, "surface"), font, isRtl },
        edges: { colour: token(box, "surface") },
        ends: { notes: data.sideways ? data.notes : null, unit: data.unit, colour: token(box, "text"), font, isRtl },
        tooltip: {
          rtl: isRtl,
          textDirection: isRtl ? "rtl" : "ltr",
          backgroundColor: token(box, "text"),
          titleColor: token(box, "surface"),
          bodyColor: token(box, "surface"),
          titleFont: { family: font },
          bodyFont: { family: font },
          padding: 8,
          filter: (item) => item.raw !== null,
          callbacks: { title: (items) => titleOf(items, data), label: (item) => ` ${item.dataset.label}: ${format(item.raw, data.unit)}` },
        },
      },
      onHover: (event, active) => event.native && event.native.target.classList.toggle("is-link", active.length > 0 && Boolean(data.urls[active[0].index])),
      onClick: (_event, active) => {
        if (active.length && data.urls[active[0].index]) window.location.assign(data.urls[active[0].index]);
      },
    };
  }

  function draw(box) {
    const block = document.getElementById(box.dataset.chart);
    const canvas = box.querySelector("canvas");
    if (!block || !canvas || !window.Chart) return;
    const data = JSON.parse(block.textContent);
    drawn.get(canvas)?.destroy();
    drawn.set(canvas, new window.Chart(canvas, {
      type: data.series[0]?.kind === "line" ? "line" : "bar",
      data: { labels: data.labels, datasets: data.series.map((one) => dataset(one, data, box)) },
      options: options(data, box),
      plugins: [marks, edges, ends],
    }));
  }

  function drawAll() {
    for (const [canvas, chart] of drawn) {
      if (canvas.isConnected) continue;
      chart.destroy();
      drawn.delete(canvas);
    }
    document.querySelectorAll("[data-chart]").forEach(draw);
    document.querySelectorAll("[data-chart-table]").forEach(showTable);
    isFirst = false;
  }

  /* A table that is not shown is still read aloud; its links are then no stops of the Tab key. */
  function showTable(button) {
    const table = document.getElementById(button.dataset.chartTable);
    if (!table) return;
    const isShown = shown.has(table.id);
    table.classList.toggle("is-shown", isShown);
    button.setAttribute("aria-expanded", String(isShown));
    table.querySelectorAll("a").forEach((link) => (isShown ? link.removeAttribute("tabindex") : link.setAttribute("tabindex", "-1")));
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-chart-table]");
    if (!button) return;
    const id = button.dataset.chartTable;
    if (!shown.delete(id)) shown.add(id);
    showTable(button);
  });

  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", drawAll);
  new MutationObserver(drawAll).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme", "dir"] });
  new MutationObserver((changes) => {
    const isNew = (node) => node.nodeType === 1 && (node.matches("[data-chart]") || node.querySelector("[data-chart]"));
    if (changes.some((change) => [...change.addedNodes].some(isNew))) drawAll();
  }).observe(document.body, { childList: true, subtree: true });

  /* Paper is light and narrower than the screen. */
  let theme = null;
  window.addEventListener("beforeprint", () => {
    theme = document.documentElement.dataset.theme;
    document.documentElement.dataset.theme = "light";
    drawAll();
    for (const chart of drawn.values()) chart.resize(Math.min(chart.width, 640), chart.height);
  });
  window.addEventListener("afterprint", () => {
    if (theme === null) return;
    document.documentElement.dataset.theme = theme;
    drawAll();
  });

  if (document.readyState === "complete") drawAll();
  else document.addEventListener("DOMContentLoaded", drawAll);
})();
