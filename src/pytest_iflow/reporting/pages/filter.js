"use strict";
(() => {
  const wanted = document.getElementById("wanted");
  const shown = document.getElementById("shown");
  const buttons = [...document.querySelectorAll("#filter button")];
  const OPENED = 200; // matches up to which their features are opened
  let index = null;

  const textOf = (element) => element.textContent.toLowerCase();
  const entryOf = (row, head) => {
    const [title, status] = row.cells;
    const words = textOf(title.querySelector("summary") ?? title);
    return { row, status: status.classList[1], text: `${head} ${words} ${textOf(status)}` };
  };

  const read = () =>
    [...document.querySelectorAll("details.feature")].map((feature) => {
      const head = textOf(feature.querySelector("summary h3")) + " " + textOf(feature.querySelector("summary .place"));
      const rows = [...feature.querySelectorAll("tbody tr:has(> th[scope=row])")];
      return { feature, open: feature.open, rows: rows.map((row) => entryOf(row, head)) };
    });

  const filter = () => {
    index ??= read();
    const words = wanted.value.toLowerCase().split(/\s+/).filter(Boolean);
    const statuses = buttons.filter((each) => each.ariaPressed === "true").map((each) => each.value);
    const fits = ({ text, status }) =>
      words.every((word) => text.includes(word)) && (!statuses.length || statuses.includes(status));
    const found = index.map(({ rows }) => new Set(rows.filter(fits)));
    const total = index.reduce((sum, { rows }) => sum + rows.length, 0);
    const matches = found.reduce((sum, set) => sum + set.size, 0);
    const isFiltered = words.length || statuses.length;
    index.forEach(({ feature, open, rows }, position) => {
      for (const entry of rows) entry.row.hidden = !found[position].has(entry);
      feature.hidden = found[position].size === 0;
      feature.open = isFiltered ? matches <= OPENED : open;
    });
    shown.textContent = isFiltered ? `${matches.toLocaleString("en")} of ${total.toLocaleString("en")} scenarios` : "";
  };

  let waiting = 0;
  wanted.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 150);
  });
  for (const button of buttons)
    button.addEventListener("click", () => {
      button.ariaPressed = button.ariaPressed !== "true";
      filter();
    });
  document.getElementById("filter").hidden = false;
})();
