// Makes the static pictures answer: the nearest dot, zoom, keys. Marks go to a layer of their own
// over the picture, which is not drawn again.
const kReach = 24; // pixels within which a dot is pointed at

/** Round values inside [low, high], about five. */
function ticksWithin(low, high) {
  const raw = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = power * [1, 2, 5, 10].find((factor) => raw <= factor * power * (1 + 1e-9));
  const ticks = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high * (1 + 1e-12) + step * 1e-9; ++i) {
    ticks.push(Number((i * step).toPrecision(12)));
  }
  return ticks;
}

class Chart {
  constructor(figure) {
    const numbers = (name) => figure.dataset[name].split(" ").map(Number);
    this.axes = [Number(figure.dataset.x), Number(figure.dataset.y)];
    this.full = numbers("range");
    this.view = this.full;
    [this.left, this.top, this.right, this.bottom] = numbers("box");
    this.svg = figure.querySelector("svg.chart");
    this.marks = this.svg.querySelector(".marks");
    this.clip = this.svg.querySelector(".clip");
    this.grid = this.svg.querySelector(".grid");
    this.fullGrid = this.grid.innerHTML;
    this.collect();
    this.build(figure);
    redraws.push(() => this.draw());
  }

  /** Every dot's place in the units of the axes, in flat lists. */
  collect() {
    this.points = runs.flatMap((run, r) => run.id.map((_, at) => ({ run: r, at })));
    const along = (axis) => Float64Array.from(this.points, ({ run, at }) => this.value(axis, run, at));
    this.xs = along(this.axes[0]);
    this.ys = along(this.axes[1]);
    this.isFront = this.points.map(({ run, at }) => runs[run].state[at] === "f");
    this.walk = this.points.map((_, i) => i).filter((i) => this.isFront[i])
      .sort((a, b) => this.xs[a] - this.xs[b] || this.ys[a] - this.ys[b]);
  }

  value(axis, run, at) {
    return axis < 0 ? runs[run].index[at] : runs[run].values[axis][at] * objectives[axis].factor;
  }

  build(figure) {
    const box = this.svg.getAttribute("viewBox");
    this.width = Number(box.split(" ")[2]);
    this.overlay = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    this.overlay.setAttribute("viewBox", box);
    this.overlay.setAttribute("class", "chart overlay");
    this.overlay.setAttribute("aria-hidden", "true");
    this.stage = make("div", { class: "stage", tabindex: "0", role: "application",
      "aria-label": figure.querySelector("figcaption").textContent, "aria-describedby": "how" });
    this.svg.replaceWith(this.stage);
    this.stage.append(this.svg, this.overlay);
    const on = (name, does) => this.stage.addEventListener(name, does.bind(this));
    on("pointermove", this.pointed);
    on("pointerleave", () => { if (!this.drag) this.leave(); });
    on("pointerdown", this.pressed);
    on("pointerup", this.released);
    on("pointercancel", () => { this.drag = null; this.draw(); });
    on("click", this.clicked);
    on("dblclick", () => this.zoom(this.full));
    on("keydown", this.key);
    on("blur", this.leave);
  }

  /** The pixels of values, in the picture's own units. */
  pixel(x, y) {
    const [x0, x1, y0, y1] = this.view;
    return [this.left + (x - x0) / (x1 - x0) * (this.right - this.left),
      this.bottom - (y - y0) / (y1 - y0) * (this.bottom - this.top)];
  }

  place(event) {
    const rect = this.svg.getBoundingClientRect();
    this.scale = rect.width / this.width;
    return [(event.clientX - rect.left) / this.scale, (event.clientY - rect.top) / this.scale];
  }

  inView(i) {
    const [x0, x1, y0, y1] = this.view;
    return this.xs[i] >= x0 && this.xs[i] <= x1 && this.ys[i] >= y0 && this.ys[i] <= y1;
  }

  /** The dot nearest to a place; the front's are preferred, being drawn on top. */
  nearest([x, y]) {
    let best = null, bestSquare = (kReach / this.scale) ** 2;
    for (let i = 0; i < this.points.length; ++i) {
      if (hidden.has(this.points[i].run) || !this.inView(i)) continue;
      const [px, py] = this.pixel(this.xs[i], this.ys[i]);
      const square = ((px - x) ** 2 + (py - y) ** 2) * (this.isFront[i] ? 0.4 : 1);
      if (square < bestSquare) [best, bestSquare] = [this.points[i], square];
    }
    return best;
  }

  pointed(event) {
    const at = this.place(event);
    if (this.drag) {
      this.drag.to = at;
      return this.draw();
    }
    if (event.pointerType === "touch") return;
    this.show(this.nearest(at));
  }

  show(point) {
    setCurrent(point);
    if (point) showTip(point, this);
    else hideTip();
  }

  leave() { this.show(null); }

  pressed(event) {
    this.touch = event.pointerType === "touch";
    if (this.touch || event.button !== 0) return;
    this.stage.setPointerCapture(event.pointerId);
    this.drag = { from: this.place(event), to: null };
  }

  released() {
    const drag = this.drag;
    this.drag = null;
    this.dragged = false;
    if (!drag || !drag.to) return;
    const [from, to] = [drag.from, drag.to];
    this.dragged = Math.hypot(to[0] - from[0], to[1] - from[1]) > 6;
    if (this.dragged) this.zoomTo(from, to);
    this.draw();
  }

  clicked(event) {
    if (this.dragged) return;
    const point = this.nearest(this.place(event));
    const shown = same(point, current);
    this.show(point);
    // A finger cannot point without pressing: its first touch shows, its second keeps.
    if (point && (!this.touch || shown)) this.keep(point);
  }

  keep(point) {
    if (!point) return;
    toggleKept(point);
    showTip(point, this);
  }

  key(event) {
    const keys = {
      ArrowRight: () => this.step(1), ArrowLeft: () => this.step(-1),
      Enter: () => this.keep(current), " ": () => this.keep(current),
      Escape: () => this.zoom(this.full), "+": () => this.magnify(0.5), "-": () => this.magnify(2),
    };
    if (!keys[event.key] || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    keys[event.key]();
  }

  /** To the next or previous member of the front along the horizontal axis. */
  step(by) {
    const walk = this.walk.filter((i) => !hidden.has(this.points[i].run) && this.inView(i));
    if (walk.length === 0) return;
    const here = walk.findIndex((i) => same(this.points[i], current));
    const next = here < 0 ? (by > 0 ? 0 : walk.length - 1)
      : Math.min(walk.length - 1, Math.max(0, here + by));
    this.show(this.points[walk[next]]);
    say(inWords(current));
  }

  zoomTo(from, to) {
    const value = ([x, y]) => {
      const [x0, x1, y0, y1] = this.view;
      return [x0 + (x - this.left) / (this.right - this.left) * (x1 - x0),
        y0 + (this.bottom - y) / (this.bottom - this.top) * (y1 - y0)];
    };
    const [a, b] = [value(from), value(to)];
    this.zoom([Math.min(a[0], b[0]), Math.max(a[0], b[0]), Math.min(a[1], b[1]), Math.max(a[1], b[1])]);
  }

  /** Zooms by a factor around the current point, else around the middle. */
  magnify(factor) {
    const [x0, x1, y0, y1] = this.view;
    const i = current ? this.points.findIndex((point) => same(point, current)) : -1;
    const around = (low, high, value) => [value - (value - low) * factor, value + (high - value) * factor];
    this.zoom([...around(x0, x1, i < 0 ? (x0 + x1) / 2 : this.xs[i]),
      ...around(y0, y1, i < 0 ? (y0 + y1) / 2 : this.ys[i])]);
  }

  zoom([x0, x1, y0, y1]) {
    const [f0, f1, g0, g1] = this.full;
    const out = x0 <= f0 && x1 >= f1 && y0 <= g0 && y1 >= g1;
    if (!out && (x1 - x0 < (f1 - f0) * 1e-4 || y1 - y0 < (g1 - g0) * 1e-4)) return;
    this.view = out ? this.full : [x0, x1, y0, y1];
    this.moveMarks();
    this.grid.innerHTML = out ? this.fullGrid : this.gridWithin();
    this.draw();
    if (current) showTip(current, this);
  }

  /** The picture's dots keep their size: their strokes do not scale. */
  moveMarks() {
    const [x0, x1, y0, y1] = this.view, [f0, f1, g0, g1] = this.full;
    const sx = (f1 - f0) / (x1 - x0), sy = (g1 - g0) / (y1 - y0);
    const tx = this.left * (1 - sx) + (f0 - x0) / (x1 - x0) * (this.right - this.left);
    const ty = this.bottom * (1 - sy) - (g0 - y0) / (y1 - y0) * (this.bottom - this.top);
    const out = this.view === this.full;
    this.marks.setAttribute("transform", out ? "" : `translate(${tx} ${ty}) scale(${sx} ${sy})`);
    this.clip.style.overflow = out ? "visible" : "hidden";
  }

  gridWithin() {
    const [x0, x1, y0, y1] = this.view;
    let lines = "", labels = "";
    for (const tick of ticksWithin(x0, x1)) {
      const [x] = this.pixel(tick, y0);
      lines += `M${x} ${this.bottom}V${this.top}`;
      labels += `<text class="tick" text-anchor="middle" x="${x}" y="${this.bottom + 17}">${tick}</text>`;
    }
    for (const tick of ticksWithin(y0, y1)) {
      const [, y] = this.pixel(x0, tick);
      lines += `M${this.left} ${y}H${this.right}`;
      labels += `<text class="tick" text-anchor="end" x="${this.left - 7}" y="${y + 4}">${tick}</text>`;
    }
    return `<path class="rule" d="${lines}"/>${labels}`;
  }

  draw() {
    let out = "";
    kept.forEach((point, i) => { out += this.ring(point, i + 1); });
    if (current) out += this.cross(current) + this.ring(current, 0);
    if (this.drag && this.drag.to) out += this.lasso(this.drag.from, this.drag.to);
    this.overlay.innerHTML = out; // numbers only
  }

  at(point) {
    const [x, y] = this.axes.map((axis) => this.value(axis, point.run, point.at));
    const [x0, x1, y0, y1] = this.view;
    return x < x0 || x > x1 || y < y0 || y > y1 ? null : this.pixel(x, y);
  }

  ring(point, label) {
    const at = this.at(point);
    if (!at || hidden.has(point.run)) return "";
    const circle = (look) => `<circle class="${look}" cx="${at[0]}" cy="${at[1]}" r="7"/>`;
    const text = label ? `<text class="number" x="${at[0] + 9}" y="${at[1] - 6}">${label}</text>` : "";
    return circle("halo") + circle("ring") + text;
  }

  /** Guides to the axes and the intervals of what was measured. */
  cross(point) {
    const at = this.at(point);
    if (!at) return "";
    let out = `<path class="guide" d="M${at[0]} ${this.bottom}V${at[1]}H${this.left}"/>`;
    this.axes.forEach((axis, which) => {
      const { low, high } = runs[point.run];
      if (axis < 0 || !low[axis] || low[axis][point.at] === null) return;
      const ends = [low, high].map((end) => end[axis][point.at] * objectives[axis].factor);
      const [a, b] = ends.map((end) => which === 0 ? this.pixel(end, 0)[0] : this.pixel(0, end)[1]);
      out += which === 0 ? `<path class="bar" d="M${a} ${at[1]}H${b}"/>`
        : `<path class="bar" d="M${at[0]} ${a}V${b}"/>`;
    });
    return out;
  }

  lasso(from, to) {
    return `<rect class="lasso" x="${Math.min(from[0], to[0])}" y="${Math.min(from[1], to[1])}"`
      + ` width="${Math.abs(from[0] - to[0])}" height="${Math.abs(from[1] - to[1])}"/>`;
  }

  /** Where a point is in the window, for the tip beside it. */
  onScreen(point) {
    const rect = this.svg.getBoundingClientRect();
    const at = this.at(point);
    if (!at) return null;
    const scale = rect.width / this.width;
    return [rect.left + at[0] * scale, rect.top + at[1] * scale];
  }
}
