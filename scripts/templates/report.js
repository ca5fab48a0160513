"use strict";
(() => {
  // rows of the comparison: words searched for, and statuses chosen
  const table = document.getElementById("differing");
  if (table) {
    const search = document.getElementById("search");
    const boxes = [...document.querySelectorAll(".filter input[type=checkbox]")];
    const rows = [...table.tBodies[0].rows];
    const count = document.getElementById("shown");
    const filter = () => {
      const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      const chosen = new Set(boxes.filter((box) => box.checked).map((box) => box.value));
      let shown = 0;
      for (const row of rows) {
        const text = row.textContent.toLowerCase();
        row.hidden = !(chosen.has(row.dataset.status) && words.every((w) => text.includes(w)));
        shown += !row.hidden;
      }
      count.textContent = `${shown} of ${rows.length}`;
    };
    search.addEventListener("input", filter);
    boxes.forEach((box) => box.addEventListener("change", filter));
    filter();
  }
  // where the reader is, marked in the contents
  const links = new Map(
    [...document.querySelectorAll("nav a")].map((a) => [a.getAttribute("href").slice(1), a]),
  );
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      links.forEach((a) => a.classList.remove("here"));
      links.get(entry.target.id).classList.add("here");
    }
  }, { rootMargin: "-10% 0px -80% 0px" });
  links.forEach((_, id) => seen.observe(document.getElementById(id)));
})();
