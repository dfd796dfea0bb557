// Live plots of what the diagnostics tell, one point a second.
import { text } from "./strings.js";

const POINTS = 90; // seconds that are shown
const BRIEF = 500; // ms between two reports that say nothing of rates: they were held up, and came together
const COLORS = ["--c0", "--c1", "--c2", "--c3", "--c4", "--c5", "--c6", "--c7"];
const COUNTS = ["fps_in", "fps_out", "replaced", "lost", "rate_limited", "bad", "failed"];
const OVERVIEW = new Set(["age", "age_at_arrival"]); // sums of others: they would flatten them

export class Plots {
  constructor(root) {
    Object.assign(this, { root, plots: new Map(), counts: new Map() });
  }

  // one status of the diagnostics: {name, values}
  add(name, values) {
    const stages = {};
    for (const [key, value] of Object.entries(values)) {
      const [, stage] = /^(.+)_ms$/.exec(key) ?? [];
      const [, p95] = /p95 (-?[\d.]+)/.exec(value) ?? [];
      if (stage && p95 && !OVERVIEW.has(stage)) stages[stage] = Number(p95);
    }
    this.#plot(text("plot_stages", { name }), stages);
    this.#plot(text("plot_drops", { name }), this.#rates(name, values));
  }

  // counts of frames as frames a second
  #rates(name, values) {
    const before = this.counts.get(name);
    const now = { at: performance.now() };
    if (before && now.at - before.at < BRIEF) return before.rates;
    const rates = (now.rates = {});
    for (const key of COUNTS) {
      if (!(key in values)) continue;
      now[key] = Number(values[key]);
      if (key.startsWith("fps")) rates[key] = now[key];
      else if (before) rates[key] = Math.max(0, (now[key] - (before[key] ?? 0)) / ((now.at - before.at) / 1000));
    }
    this.counts.set(name, now);
    return rates;
  }

  #plot(title, values) {
    if (!Object.keys(values).length) return;
    if (!this.plots.has(title)) this.plots.set(title, this.#make(title));
    const plot = this.plots.get(title);
    for (const key of Object.keys(values)) if (!plot.lines.has(key)) plot.lines.set(key, []);
    for (const [key, line] of plot.lines) {
      line.push(values[key] ?? NaN);
      if (line.length > POINTS) line.shift();
    }
    draw(plot);
  }

  #make(title) {
    const figure = this.root.appendChild(document.createElement("figure"));
    const caption = figure.appendChild(document.createElement("figcaption"));
    caption.textContent = title;
    const canvas = figure.appendChild(document.createElement("canvas"));
    canvas.setAttribute("role", "img");
    const legend = figure.appendChild(document.createElement("p"));
    legend.className = "legend";
    return { title, canvas, legend, lines: new Map() };
  }
}

function draw({ title, canvas, legend, lines }) {
  const style = getComputedStyle(document.documentElement);
  const color = (number) => style.getPropertyValue(COLORS[number % COLORS.length]).trim();
  const ratio = devicePixelRatio;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  Object.assign(canvas, { width: width * ratio, height: height * ratio });
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  const top = niceTop(Math.max(1, ...[...lines.values()].flat().filter(Number.isFinite)));
  context.font = "12px system-ui, sans-serif";
  context.fillStyle = style.getPropertyValue("--faint");
  context.strokeStyle = style.getPropertyValue("--line");
  for (const part of [0, 0.5, 1]) {
    const y = 8 + (1 - part) * (height - 16);
    context.strokeRect(34, y, width - 34, 0);
    context.fillText(String(Number((part * top).toPrecision(2))), 0, y + 4);
  }
  const words = [];
  [...lines].forEach(([name, line], number) => {
    context.strokeStyle = color(number);
    context.lineWidth = 1.5;
    context.beginPath();
    line.forEach((value, i) => {
      const x = 34 + ((POINTS - line.length + i) / (POINTS - 1)) * (width - 34);
      if (Number.isFinite(value)) context.lineTo(x, 8 + (1 - Math.min(value, top) / top) * (height - 16));
    });
    context.stroke();
    const last = line.at(-1);
    words.push([name.replaceAll("_", " "), Number.isFinite(last) ? last.toFixed(1) : "-", number]);
  });
  legend.replaceChildren(
    ...words.map(([name, value, number]) => {
      const entry = document.createElement("span");
      entry.style.setProperty("--dot", `var(${COLORS[number % COLORS.length]})`);
      entry.textContent = `${name} ${value}`;
      return entry;
    }),
  );
  canvas.setAttribute("aria-label", `${title}: ${words.map(([name, value]) => `${name} ${value}`).join(", ")}`);
}

function niceTop(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 5, 10].map((step) => step * power).find((step) => step >= value);
}
