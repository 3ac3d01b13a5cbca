// What the page knows, what is pointed at and what is kept. A point is a run and a position in its lists.
const { runs, objectives } = JSON.parse(document.getElementById("data").textContent);
const several = runs.length > 1;
const hidden = new Set(); // runs that are switched off
const kept = [];
let current = null; // the point that all charts mark
const redraws = []; // what to call when any of these changed

const changed = () => redraws.forEach((redraw) => redraw());
const same = (a, b) => a !== null && b !== null && a.run === b.run && a.at === b.at;
const keptAt = (point) => kept.findIndex((other) => same(other, point));

function toggleKept(point) {
  const at = keptAt(point);
  if (at < 0) kept.push(point);
  else kept.splice(at, 1);
  say((at < 0 ? "kept: " : "kept no more: ") + inWords(point));
  changed();
}

function setCurrent(point) {
  if (same(current, point) || current === point) return;
  current = point;
  changed();
}

/** [["n_layer", "7"], ...] */
function genesOf({ run, at }) {
  const arch = runs[run].arch[at];
  return arch.slice(arch.indexOf(":") + 1).split(",").map((gene) => gene.split("="));
}

const number = (value, { factor, decimals }) => (value * factor).toFixed(decimals);

/** Each objective's name, value and interval as text, and whether its measurement was noisy. */
function valuesOf({ run, at }) {
  const { values, low, high, noisy } = runs[run];
  return objectives.map((objective, o) => ({
    name: objective.name,
    text: `${number(values[o][at], objective)} ${objective.unit}`.trim(),
    interval: low[o] && low[o][at] !== null
      ? `${number(low[o][at], objective)} to ${number(high[o][at], objective)}` : "",
    percent: `${objective.interval_percent} %`,
    noisy: Boolean(noisy[o] && noisy[o][at]),
  }));
}

const kStates = { f: "on the front", e: "evaluated", o: "outside a constraint" };
const stateOf = ({ run, at }) => kStates[runs[run].state[at]];

function inWords(point) {
  const genes = genesOf(point).map((gene) => gene.join(" ")).join(", ");
  const values = valuesOf(point).map((v) => `${v.name} ${v.text}`).join(", ");
  return `${several ? runs[point.run].name + ", " : ""}${genes}; ${values}; ${stateOf(point)}`;
}

function say(text) { document.getElementById("said").textContent = text; }

/** An element with text or children; what a run or a user wrote is only ever text. */
function make(name, attributes = {}, ...children) {
  const out = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) out.setAttribute(key, value);
  out.append(...children);
  return out;
}
