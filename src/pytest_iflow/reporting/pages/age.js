"use strict";
// The page may be read long after it was written: runs grow stale meanwhile.
for (const time of document.querySelectorAll("time[data-days]")) {
  const days = Math.floor((Date.now() - Date.parse(time.dateTime)) / 86400000);
  const stale = time.closest("td").querySelector(".stale");
  if (days >= Number(time.dataset.days)) {
    stale.textContent = `stale: ${days.toLocaleString("en")} days old`;
    stale.hidden = false;
  }
}
