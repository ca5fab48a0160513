"use strict";
(() => {
  const MOST = 300; // cells drawn at once
  const content = JSON.parse(document.getElementById("content").textContent);
  const place = (cell) => Object.entries(cell.key).map(([k, v]) => `${k}=${v}`).join("; ") || "all";
  const cells = content.cells.map((cell) => ({
    ...cell,
    text: `${place(cell)} ${cell.statistics.map((s) => s[0]).join(" ")}`.toLowerCase(),
  }));
  const box = document.getElementById("cells");
  const search = document.getElementById("search");
  const node = (name, attributes, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) if (value) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  // The patients of a statistic, as links; events list a patient once for each.
  const list = (numbers) => {
    const links = numbers.map((n) =>
      node("a", { href: `../subject/${content.names[n]}.html` }, content.names[n]));
    return node("div", { class: "who" }, ...links);
  };

  const draw = (cell, open) => {
    const made = node("div", { class: "cell" }, node("code", {}, place(cell)), node("br", {}));
    for (const [name, value, display, note, method, who] of cell.statistics) {
      const shown = display || value || "-";
      const stat = node("span", { class: "stat", "data-statistic": name, title: method },
        `${name} `, node("b", {}, shown), note ? ` (${note})` : "");
      if (who) {
        const button = node("button", { type: "button" }, `${who.length} listed`);
        button.addEventListener("click", () => toggle(made, name, who));
        stat.append(" ", button);
      }
      made.append(stat);
    }
    if (open) show(made, cell, open);
    return made;
  };

  const toggle = (made, name, who) => {
    const old = made.querySelector(".who");
    const same = old && old.dataset.statistic === name;
    if (old) old.remove();
    if (same) return;
    const found = list(who);
    found.dataset.statistic = name;
    made.append(found);
  };

  // A statistic that counts nobody shows those of n, else of N, beside it.
  const show = (made, cell, wanted) => {
    made.classList.add("here");
    const stat = made.querySelector(`[data-statistic="${CSS.escape(wanted)}"]`);
    if (stat) stat.classList.add("here");
    const counts = new Map(cell.statistics.filter((s) => s[5]).map((s) => [s[0], s[5]]));
    const name = [wanted, "n", "N", ...counts.keys()].find((s) => counts.has(s));
    if (name) toggle(made, name, counts.get(name));
  };

  const filter = (chosen, statistic) => {
    const patient = content.names.indexOf(search.value.trim());
    const words = search.value.toLowerCase().split(/[\s;]+/).filter(Boolean);
    const counts = (cell) => cell.statistics.some((s) => s[5] && s[5].includes(patient));
    const found = chosen ?? cells.filter((cell) =>
      patient >= 0 ? counts(cell) : words.every((word) => cell.text.includes(word)));
    box.replaceChildren(...found.slice(0, MOST).map((cell) => draw(cell, statistic)));
    const more = found.length > MOST ? `, the first ${MOST} shown` : "";
    document.getElementById("shown").textContent =
      `${found.length} of ${cells.length} places${more}`;
  };

  // #name=value; ...; statistic=name opens that place; #patient=PSEUDONYM those that count a patient
  const follow = () => {
    const pairs = decodeURIComponent(location.hash.slice(1)).split("; ").filter(Boolean)
      .map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]);
    const wanted = Object.fromEntries(pairs);
    if (wanted.patient) search.value = wanted.patient;
    if (!wanted.statistic) return filter();
    const { statistic, ...key } = wanted;
    if (key.population === "all") delete key.population;
    const same = (cell) => Object.keys(cell.key).length === Object.keys(key).length &&
      Object.entries(key).every(([name, value]) => cell.key[name] === value);
    return filter(cells.filter(same), statistic);
  };
  search.addEventListener("input", () => filter());
  window.addEventListener("hashchange", follow);
  follow();
})();
