"use strict";
(() => {
  for (const flow of document.querySelectorAll(".covered-flow")) {
    const panel = flow.querySelector(".chosen");
    const rows = new Map([...flow.querySelectorAll("[data-part]")].map((row) => [row.dataset.part, row]));
    let chosen = null;

    const choose = (part) => {
      chosen?.classList.remove("is-chosen");
      chosen = part;
      part.classList.add("is-chosen");
      const row = rows.get(part.dataset.id);
      panel.replaceChildren(...[...row.querySelector(".told").cloneNode(true).childNodes]);
      panel.hidden = false;
    };

    for (const part of flow.querySelectorAll("svg [data-id]")) {
      if (!rows.has(part.dataset.id)) continue;
      part.setAttribute("tabindex", "0");
      part.setAttribute("role", "button");
      part.classList.add("choosable");
      part.addEventListener("click", (event) => {
        event.stopPropagation();
        choose(part);
      });
      part.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault();
        choose(part);
      });
    }
    flow.querySelector(".how")?.removeAttribute("hidden");
    const picture = flow.querySelector(".picture");
    const size = flow.querySelector(".size");
    const drawn = picture?.querySelector("svg");
    if (!drawn || drawn.width.baseVal.value <= picture.clientWidth) continue;
    size.hidden = false;
    size.addEventListener("click", () => {
      size.textContent = picture.classList.toggle("fits") ? "Full size" : "Fit into the window";
    });
  }
})();
