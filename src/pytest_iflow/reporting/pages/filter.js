"use strict";
(() => {
  const wanted = document.getElementById("wanted");
  const shown = document.getElementById("shown");
  const OPENED = 200; // matches up to which their features are opened
  let index = null;

  const textOf = (element) => element.textContent.toLowerCase();

  const read = () =>
    [...document.querySelectorAll("details.feature")].map((feature) => {
      const head = textOf(feature.querySelector("summary h3")) + " " + textOf(feature.querySelector("summary .place"));
      const rows = [...feature.querySelectorAll("tbody tr:has(th[scope=row])")];
      return { feature, open: feature.open, rows: rows.map((row) => ({ row, text: head + " " + textOf(row) })) };
    });

  const filter = () => {
    index ??= read();
    const words = wanted.value.toLowerCase().split(/\s+/).filter(Boolean);
    const fits = ({ text }) => words.every((word) => text.includes(word));
    const found = index.map(({ rows }) => new Set(rows.filter(fits)));
    const total = index.reduce((sum, { rows }) => sum + rows.length, 0);
    const matches = found.reduce((sum, set) => sum + set.size, 0);
    index.forEach(({ feature, open, rows }, position) => {
      for (const entry of rows) entry.row.hidden = !found[position].has(entry);
      feature.hidden = found[position].size === 0;
      feature.open = words.length ? matches <= OPENED : open;
    });
    shown.textContent = words.length ? `${matches.toLocaleString("en")} of ${total.toLocaleString("en")} scenarios` : "";
  };

  let waiting = 0;
  wanted.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(filter, 150);
  });
  document.getElementById("filter").hidden = false;
})();
