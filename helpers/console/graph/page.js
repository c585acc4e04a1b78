"use strict";
(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const search = document.getElementById("search");
  const users = document.getElementById("users");
  const fit = document.getElementById("fit");
  const status = document.getElementById("status");
  const picture = document.getElementById("picture");
  const svg = picture.querySelector("svg");
  const places = all(".graph .place");
  const names = places.map((place) => place.querySelector("title").textContent);
  const edges = all(".graph .edge").map((element) => ({
    element, source: Number(element.dataset.source), target: Number(element.dataset.target),
  }));
  const rows = all("#edges tbody tr");

  // A whole name means that place alone, anything else every name that has it as a part.
  function matching(text) {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return [];
    const numbers = names.map((_, number) => number);
    const exact = numbers.filter((number) => names[number].toLowerCase() === wanted);
    if (exact.length) return exact;
    return numbers.filter((number) => names[number].toLowerCase().includes(wanted));
  }

  const ways = (from, to) => {
    const found = new Map();
    for (const edge of edges) {
      if (!found.has(edge[from])) found.set(edge[from], []);
      found.get(edge[from]).push(edge[to]);
    }
    return found;
  };
  const needs = ways("source", "target");
  const neededBy = ways("target", "source");

  function reached(starts, next) {
    const seen = new Set(starts);
    for (const place of seen) for (const other of next.get(place) || []) seen.add(other);
    return seen;
  }

  function show() {
    const chosen = search.value.trim() !== "";
    const matches = new Set(matching(search.value));
    const below = reached(matches, needs);
    const above = users.checked ? reached(matches, neededBy) : new Set();
    const lit = (source, target) => below.has(source) || above.has(target);
    svg.classList.toggle("chosen", chosen);
    places.forEach((place, number) => {
      place.classList.toggle("match", matches.has(number));
      place.classList.toggle("lit", below.has(number) || above.has(number));
    });
    for (const edge of edges) edge.element.classList.toggle("lit", lit(edge.source, edge.target));
    for (const row of rows) {
      row.hidden = chosen && !lit(Number(row.dataset.source), Number(row.dataset.target));
    }
    const uses = below.size - matches.size;
    const used = users.checked ? `, ${Math.max(above.size - matches.size, 0)} depend on them` : "";
    status.textContent = chosen
      ? `${matches.size} of ${names.length} match, they depend on ${uses} more${used}`
      : `${names.length} places, ${edges.length} edges`;
    return matches;
  }

  function reveal(number, where) {
    places[number].scrollIntoView({ block: where, inline: where });
  }

  function choose(number) {
    search.value = names[number];
    show();
  }

  // One stop of the Tab key for the whole picture; arrows go from place to place in it.
  let current = 0;
  function visit(number) {
    places[current].setAttribute("tabindex", "-1");
    current = number;
    places[current].setAttribute("tabindex", "0");
  }

  const steps = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

  function nearest([x, y]) {
    const here = places[current].getBoundingClientRect();
    let best = current;
    let least = Infinity;
    places.forEach((place, number) => {
      const there = place.getBoundingClientRect();
      const wider = x ? 0 : (there.width - here.width) / 2;
      const right = there.left - here.left + wider;
      const down = there.top - here.top;
      const along = right * x + down * y;
      const aside = Math.abs(right * y) + Math.abs(down * x);
      if (number !== current && along > 1 && along + 2 * aside < least) {
        least = along + 2 * aside;
        best = number;
      }
    });
    return best;
  }

  function onKey(event, number) {
    if (event.key === "Enter" || event.key === " ") choose(number);
    else if (steps[event.key]) {
      visit(nearest(steps[event.key]));
      places[current].focus();
      reveal(current, "nearest");
    } else return;
    event.preventDefault();
  }

  svg.setAttribute("role", "group");
  places.forEach((place, number) => {
    place.setAttribute("role", "button");
    place.setAttribute("aria-label", names[number]);
    place.setAttribute("tabindex", number ? "-1" : "0");
    place.addEventListener("click", () => choose(number));
    place.addEventListener("focus", () => visit(number));
    place.addEventListener("keydown", (event) => onKey(event, number));
  });
  search.addEventListener("input", show);
  users.addEventListener("change", show);
  fit.addEventListener("change", () => picture.classList.toggle("fit", fit.checked));
  document.getElementById("filter").addEventListener("submit", (event) => {
    event.preventDefault();
    const [first] = show();
    if (first !== undefined) reveal(first, "center");
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== search) {
      search.focus();
      event.preventDefault();
    } else if (event.key === "Escape") {
      search.value = "";
      show();
    }
  });
  show();
})();
