// The tip beside a dot, and the list of kept architectures with their commands.
const tip = document.getElementById("tip");

function hideTip() { tip.hidden = true; }

function showTip(point, chart) {
  const at = chart.onScreen(point);
  if (!at) return hideTip();
  const list = make("dl");
  for (const { name, text, interval, percent, noisy } of valuesOf(point)) {
    list.append(make("dt", {}, name), make("dd", {}, make("b", {}, text)));
    if (interval) list.append(make("dt", {}, noisy ? `noisy, ${percent}` : percent), make("dd", {}, interval));
  }
  for (const [gene, value] of genesOf(point)) {
    list.append(make("dt", {}, gene), make("dd", {}, value.replaceAll("|", " ")));
  }
  const run = several ? [make("p", {}, runs[point.run].name)] : [];
  const state = `${stateOf(point)}${keptAt(point) < 0 ? "" : `, kept as ${keptAt(point) + 1}`}`;
  tip.replaceChildren(...run, make("b", {}, shortId(point)), list, make("p", {}, state));
  tip.hidden = false;
  placeTip(at);
}

/** Right of the dot and below it, or on the other side where the window ends. */
function placeTip([x, y]) {
  const { width, height } = tip.getBoundingClientRect();
  const fit = (at, size, room) => (at + 14 + size <= room - 6 ? at + 14 : Math.max(6, at - 14 - size));
  tip.style.left = `${Math.min(fit(x, width, innerWidth), Math.max(6, innerWidth - width - 6))}px`;
  tip.style.top = `${Math.min(fit(y, height, innerHeight), Math.max(6, innerHeight - height - 6))}px`;
}

function shortId({ run, at }) {
  const id = runs[run].id[at];
  return id.slice(0, id.lastIndexOf("_") + 9);
}

/** A word as a POSIX shell takes it. */
function quoted(word) {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The command that trains a point: by the winner's index, else by the architecture itself. */
function commandOf({ run, at }) {
  const form = document.getElementById("training").elements;
  const winner = runs[run].winners[at];
  const model = winner === undefined ? runs[run].arch[at] : `${runs[run].name}:${winner}`;
  return ["lts", "train", form.config.value, "--model", model, "--data", form.data.value,
    "-o", `${form.output.value}/${runs[run].id[at]}`].map(quoted).join(" ");
}

async function copy(text, button) {
  let done = true;
  try {
    await navigator.clipboard.writeText(text);
  } catch { // not allowed for a file, in some browsers
    const area = make("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    done = document.execCommand("copy");
    area.remove();
  }
  const label = button.dataset.label ?? (button.dataset.label = button.textContent);
  button.textContent = done ? "Copied" : "Select it and press Ctrl+C";
  say(button.textContent);
  setTimeout(() => { button.textContent = label; }, 1600);
}

/** A button; `what` says what it acts on to those who do not see the place. */
function button(text, what, does) {
  const out = make("button", { type: "button", "aria-label": `${text} ${what}` }, text);
  out.addEventListener("click", () => does(out));
  return out;
}

function keptItem(point, i) {
  const values = make("div", { class: "values" });
  for (const { name, text, interval, noisy } of valuesOf(point)) {
    const more = interval ? ` (${interval}${noisy ? ", noisy" : ""})` : "";
    values.append(make("div", {}, make("span", {}, `${name} `), text, make("span", {}, more)));
  }
  const genes = genesOf(point).map(([gene, value]) => `${gene} ${value}`).join(", ");
  const command = commandOf(point);
  const where = several ? [make("span", {}, runs[point.run].name)] : [];
  return make("li", {},
    make("div", { class: "what" }, make("b", {}, `${i + 1}`), ...where, make("span", {}, genes),
      make("code", {}, runs[point.run].id[point.at])),
    values, make("pre", { class: "command", tabindex: "0" }, make("code", {}, command)),
    make("div", { class: "act" }, button("Copy", `command ${i + 1}`, (self) => copy(command, self)),
      button("Remove", `architecture ${i + 1}`, () => toggleKept(point))));
}

function drawKept() {
  document.getElementById("kept-none").hidden = kept.length > 0;
  document.getElementById("kept-some").hidden = kept.length === 0;
  document.getElementById("kept-count").textContent = kept.length > 0 ? `(${kept.length})` : "";
  document.getElementById("kept-list").replaceChildren(...kept.map(keptItem));
}

function startKept() {
  let shown = "";
  redraws.push(() => { // pointing at something else does not rebuild the list
    const now = kept.map(({ run, at }) => `${run}:${at}`).join();
    if (now !== shown) drawKept();
    shown = now;
  });
  document.getElementById("training").addEventListener("input", drawKept);
  document.getElementById("training").addEventListener("submit", (event) => event.preventDefault());
  document.getElementById("copy-all").addEventListener("click", (event) => {
    copy(kept.map(commandOf).join("\n"), event.currentTarget);
  });
  document.getElementById("drop-all").addEventListener("click", () => {
    kept.length = 0;
    changed();
  });
}
