// The table of members: sorted by any column, its rows kept by a tick.
function startTable() {
  const table = document.getElementById("members"), body = table.tBodies[0];
  const rows = [...body.rows];
  const value = (row, column) => {
    const cell = row.cells[column];
    const text = cell.dataset.value ?? cell.textContent.trim();
    return text !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  };
  const compare = (a, b) => {
    if (a === b) return 0;
    if (a === "" || b === "") return a === "" ? 1 : -1; // absent ones last
    if (typeof a === typeof b) return a < b ? -1 : 1;
    return typeof a === "number" ? -1 : 1;
  };

  function sort(column, header) {
    const turned = header.getAttribute("aria-sort") === "ascending";
    for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
    header.setAttribute("aria-sort", turned ? "descending" : "ascending");
    const keyed = rows.map((row) => [value(row, column), row]);
    keyed.sort(([a], [b]) => (a === "" || b === "" || !turned ? compare(a, b) : compare(b, a)));
    body.append(...keyed.map(([, row]) => row));
  }

  [...table.tHead.rows[0].cells].forEach((header, column) => {
    const label = make("button", { type: "button" }, header.textContent);
    label.addEventListener("click", () => sort(column, header));
    header.replaceChildren(label);
  });

  const ticks = rows.map((row) => {
    const point = { run: Number(row.dataset.run), at: Number(row.dataset.at) };
    const tick = make("input", { type: "checkbox", "aria-label": `keep ${row.cells[0].textContent}` });
    tick.addEventListener("change", () => toggleKept(point));
    row.cells[0].prepend(tick, " ");
    row.addEventListener("pointerenter", () => setCurrent(point));
    row.addEventListener("pointerleave", () => setCurrent(null));
    return [row, point, tick];
  });
  let shown = "";
  redraws.push(() => {
    const now = [...hidden, "", ...kept.map(({ run, at }) => `${run}:${at}`)].join();
    if (now === shown) return;
    shown = now;
    for (const [row, point, tick] of ticks) {
      tick.checked = keptAt(point) >= 0;
      row.classList.toggle("kept", tick.checked);
      row.hidden = hidden.has(point.run);
    }
  });
}
