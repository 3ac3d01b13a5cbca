// Runs are switched on and off by their legend entries.
function startRuns() {
  if (!several) return;
  document.querySelectorAll("#front .legend li").forEach((item, run) => {
    if (run >= runs.length) return; // what stands after the runs
    const toggle = make("button", { type: "button", "aria-pressed": "true" });
    toggle.append(...item.childNodes);
    toggle.addEventListener("click", () => {
      if (!hidden.delete(run)) hidden.add(run);
      toggle.setAttribute("aria-pressed", String(!hidden.has(run)));
      document.querySelectorAll(`.plot .of${run}`).forEach((marks) => {
        marks.style.display = hidden.has(run) ? "none" : "";
      });
      changed();
    });
    item.append(toggle);
  });
}

/** A button beside every command of the page. */
function startCommands() {
  for (const command of document.querySelectorAll("#repeat pre.command")) {
    command.after(button("Copy", "command", (self) => copy(command.textContent.trim(), self)));
  }
}

document.documentElement.classList.add("js");
for (const figure of document.querySelectorAll("figure[data-x]")) new Chart(figure);
startKept();
startTable();
startRuns();
startCommands();
addEventListener("scroll", hideTip, { passive: true });
