"use strict";
(() => {
  const MOST = 200; // lines drawn at once
  const { columns, words, lines } = JSON.parse(document.getElementById("content").textContent);
  const at = Object.fromEntries(columns.map((name, place) => [name, place]));
  const word = (line, name) => (name === "row" ? String(line[at.row]) : words[name][line[at[name]]]);
  const lower = Object.fromEntries(
    Object.entries(words).map(([name, list]) => [name, list.map((text) => text.toLowerCase())]));
  const search = document.getElementById("search");
  const deciding = document.getElementById("deciding");
  const spaced = (text) => text.replaceAll(";", "; ");
  const cell = (...children) => {
    const made = document.createElement("td");
    made.append(...children);
    return made;
  };

  // For each word searched: in which lines it occurs, looked up once per distinct text.
  const tests = (text) => text.toLowerCase().split(/\s+/).filter(Boolean).map((part) => {
    if (part.startsWith("row:")) return (line) => String(line[at.row]) === part.slice(4);
    const hits = Object.entries(lower).map(([name, list]) =>
      [at[name], list.map((known) => known.includes(part))]);
    return (line) => hits.some(([place, yes]) => yes[line[place]]);
  });

  const draw = (line) => {
    const row = document.createElement("tr");
    const sheet = word(line, "sheet") ? `, sheet ${word(line, "sheet")}` : "";
    const name = word(line, "USUBJID");
    const link = document.createElement("a");
    link.href = `subject/${name}.html`;
    link.textContent = name;
    const aside = word(line, "set_aside");
    const field = word(line, "field");
    row.append(
      cell(`${word(line, "file")}${sheet}, row ${line[at.row]}`),
      cell(word(line, "column"), field ? ` (${word(line, "table")}.${field})` : ""),
      cell(name ? link : ""),
      cell(aside ? `set aside: ${aside}` : spaced(word(line, "decides"))),
      cell(spaced(word(line, "criteria"))), cell(spaced(word(line, "results"))),
      cell(spaced(word(line, "read_by"))), cell(spaced(word(line, "may_change"))));
    return row;
  };

  const filter = () => {
    const parts = tests(search.value);
    const found = lines.filter((line) => (!deciding.checked || word(line, "decides")) &&
      parts.every((test) => test(line)));
    document.getElementById("found").replaceChildren(...found.slice(0, MOST).map(draw));
    const more = found.length > MOST ? `, the first ${MOST} shown` : "";
    document.getElementById("shown").textContent = `${found.length} of ${lines.length}${more}`;
  };
  search.addEventListener("input", filter);
  deciding.addEventListener("change", filter);
  filter();
})();
