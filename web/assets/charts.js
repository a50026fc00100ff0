"use strict";
// What a camera told at its dockings, drawn by uPlot in the page's colours and
// language and in the station's zone. Each chart is a figure with data-name.
(() => {
  const root = document.getElementById("charts");
  if (!root || typeof uPlot === "undefined") return;
  const lang = root.dataset.lang === "zh" ? "zh-CN" : "en-GB";
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const digits = (most) => new Intl.NumberFormat(lang, { maximumFractionDigits: most });
  const plots = [];

  // How the figures of each chart are written; as on the page.
  const bytes = (n) => {
    const units = ["B", "kB", "MB", "GB", "TB"];
    let unit = 0;
    while (Math.abs(n) >= 1000 && unit < units.length - 1) { n /= 1000; unit++; }
    return digits(n < 10 ? 1 : 0).format(n) + "\u00a0" + units[unit];
  };
  // Words that hold a figure have # in its place.
  const clock = (s) => {
    const size = Math.abs(s), { fast, slow, seconds, minutes, hours } = root.dataset;
    if (size < 0.05) return "0";
    const [unit, length] = size < 60 ? [seconds, 1] : size < 3600 ? [minutes, 60] : [hours, 3600];
    return (s < 0 ? slow : fast).replace("#", unit.replace("#", digits(1).format(size / length)));
  };
  const seconds = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000, 36000, 86400, 10 * 86400, 365 * 86400];
  const kinds = {
    battery: { text: (v) => digits(0).format(100 * v) + "\u00a0%", range: () => [0, 1], limits: (l) => [l.battery], line: "--accent" },
    free: { text: bytes, range: (u, low, high) => [0, (high || 1) * 1.05], limits: (l) => (l.free == null ? [] : [l.free]), line: "--good" },
    clock: { text: clock, range: around, incrs: seconds, limits: (l) => [-l.clock, l.clock], line: "--care" },
    speed: { text: (v) => bytes(v) + "/s", range: (u, low, high) => [0, (high || 1) * 1.1], limits: () => [], line: "--accent" },
  };

  // around keeps zero in sight, and a clock that is right from looking wild.
  function around(u, low, high) {
    const least = 5, room = Math.max(high - low, least) * 0.1;
    return [Math.min(low - room, -least / 2), Math.max(high + room, least / 2)];
  }

  function writer(zone, span) {
    const day = new Intl.DateTimeFormat(lang, span > 200 * 86400 ? { timeZone: zone, month: "short", year: "2-digit" } : { timeZone: zone, month: "short", day: "numeric" });
    const full = new Intl.DateTimeFormat(lang, { timeZone: zone, month: "short", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
    return { day: (t) => day.format(t * 1000), full: (t) => full.format(t * 1000) };
  }

  // limits draws from where on something needs care.
  function limits(kind, series) {
    return (u) => {
      const { ctx, bbox } = u;
      ctx.save();
      ctx.strokeStyle = colour("--bad");
      ctx.lineWidth = devicePixelRatio;
      ctx.setLineDash([4 * devicePixelRatio, 4 * devicePixelRatio]);
      for (const at of kind.limits(series.limits)) {
        if (at < u.scales.y.min || at > u.scales.y.max) continue;
        const y = Math.round(u.valToPos(at, "y", true));
        ctx.beginPath();
        ctx.moveTo(bbox.left, y);
        ctx.lineTo(bbox.left + bbox.width, y);
        ctx.stroke();
      }
      ctx.restore();
    };
  }

  function options(area, kind, series, output, time) {
    const axis = { stroke: () => colour("--muted"), grid: { stroke: () => colour("--line"), width: 1 }, ticks: { show: false }, font: "12px system-ui, sans-serif" };
    const tell = (u) => {
      const i = u.cursor.idx;
      const v = i == null ? null : u.data[1][i];
      output.textContent = v == null ? "" : time.full(u.data[0][i]) + " · " + kind.text(v);
    };
    return {
      width: area.clientWidth, height: area.clientHeight,
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: "camera" }, points: { size: 8 } },
      scales: { x: { time: true, range: () => series.span }, y: { range: kind.range } },
      axes: [
        { ...axis, size: 28, space: 80, values: (u, list) => list.map(time.day) },
        { ...axis, size: wide, space: 34, incrs: kind.incrs, values: (u, list) => list.map(kind.text) },
      ],
      series: [{}, { stroke: () => colour(kind.line), width: 2, spanGaps: true, points: { show: true, size: 4, fill: () => colour(kind.line), stroke: () => colour(kind.line) } }],
      hooks: { draw: [limits(kind, series)], setCursor: [tell] },
      tzDate: (t) => uPlot.tzDate(new Date(t * 1e3), series.zone),
    };
  }

  // wide is how much room the longest figure of an axis needs.
  function wide(u, texts) {
    if (!texts) return 60;
    u.ctx.font = u.axes[1].font[0];
    return 12 + Math.ceil(Math.max(...texts.map((t) => u.ctx.measureText(t).width)) / devicePixelRatio);
  }

  function say(area, text) {
    const p = document.createElement("p");
    p.className = "none";
    p.textContent = text;
    area.replaceChildren(p);
  }

  function draw(series) {
    const time = writer(series.zone, series.span[1] - series.span[0]);
    for (const figure of root.querySelectorAll("figure[data-name]")) {
      const area = figure.querySelector(".area"), name = figure.dataset.name;
      if (!series[name].some((v) => v !== null)) { say(area, root.dataset.none); continue; }
      const kind = kinds[name];
      plots.push({ area, plot: new uPlot(options(area, kind, series, figure.querySelector("output"), time), [series.at, series[name]], area) });
    }
    root.dataset.drawn = "true";
  }

  fetch(root.dataset.series, { headers: { Accept: "application/json" } })
    .then((r) => { if (!r.ok) throw new Error(r.status); return r.json(); })
    .then(draw)
    .catch(() => root.querySelectorAll(".area").forEach((area) => say(area, root.dataset.failed)));

  new ResizeObserver(() => plots.forEach(({ area, plot }) => plot.setSize({ width: area.clientWidth, height: area.clientHeight }))).observe(root);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => plots.forEach(({ plot }) => plot.redraw(false)));
})();
