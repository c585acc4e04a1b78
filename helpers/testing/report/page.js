"use strict";
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const STEP = 100;
  const byId = (id) => document.getElementById(id);

  const make = (name, text, kind) => {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    if (kind) made.className = kind;
    return made;
  };

  // Header cells become buttons that sort; the choice of column goes to `order`.
  const sortable = (table, order) => {
    table.querySelectorAll("thead th").forEach((cell, column) => {
      const button = make("button", cell.textContent);
      button.type = "button";
      cell.textContent = "";
      cell.append(button);
      button.addEventListener("click", () => {
        const up = cell.getAttribute("aria-sort") !== "ascending";
        table.querySelectorAll("thead th").forEach((other) => other.removeAttribute("aria-sort"));
        cell.setAttribute("aria-sort", up ? "ascending" : "descending");
        order(column, up ? 1 : -1);
      });
    });
  };

  const compare = (a, b) => {
    const first = parseFloat(a), second = parseFloat(b);
    if (!Number.isNaN(first) && !Number.isNaN(second)) return first - second;
    return String(a) < String(b) ? -1 : String(a) > String(b) ? 1 : 0;
  };

  const onFilter = (name, apply) => {
    const field = byId(name), kind = byId(`${name}-kind`);
    field.addEventListener("input", apply);
    kind.addEventListener("change", apply);
    field.form.addEventListener("submit", (event) => event.preventDefault());
    return () => [field.value.toLowerCase(), kind.value];
  };

  const dirs = () => {
    const table = byId("dirs-table"), body = table.tBodies[0], rows = [...body.rows];
    const apply = () => {
      const [text, kind] = wanted();
      let shown = 0;
      for (const row of rows) {
        const state = row.cells[1].firstElementChild.textContent;
        row.hidden = !row.textContent.toLowerCase().includes(text) || (kind && state !== kind);
        shown += !row.hidden;
      }
      byId("dirs-filter-count").textContent = `${shown} of ${rows.length}`;
    };
    const wanted = onFilter("dirs-filter", apply);
    sortable(table, (column, sign) => {
      rows.sort((a, b) => sign * compare(a.cells[column].textContent, b.cells[column].textContent));
      body.append(...rows);
    });
    apply();
  };

  const tests = () => {
    const table = byId("tests-table"), body = table.tBodies[0], more = byId("more");
    // Columns of the table, by where each stands in a test's list.
    const places = [2, 1, 0, 3, 4];
    const cell = (test, column) => (column === 2 ? data.dirs[test[0]] : test[places[column]]);
    const all = data.tests;
    let found = all, shown = 0;
    const grow = () => {
      for (const test of found.slice(shown, shown + STEP)) {
        const row = document.createElement("tr");
        const badge = make("span", test[2], `badge ${test[2]}`);
        const first = document.createElement("td");
        first.append(badge);
        row.append(first);
        for (const column of [1, 2, 3, 4]) row.append(make("td", cell(test, column)));
        body.append(row);
      }
      shown = Math.min(found.length, shown + STEP);
      more.hidden = shown >= found.length;
      byId("tests-filter-count").textContent = `${found.length} of ${all.length}`;
    };
    const apply = () => {
      const [text, kind] = wanted();
      found = all.filter((test) =>
        (!kind || test[2] === kind) &&
        (!text || `${data.dirs[test[0]]} ${test[1]}`.toLowerCase().includes(text)));
      body.textContent = "";
      shown = 0;
      grow();
    };
    const wanted = onFilter("tests-filter", apply);
    sortable(table, (column, sign) => {
      all.sort((a, b) => sign * compare(cell(a, column), cell(b, column)));
      apply();
    });
    more.addEventListener("click", grow);
    apply();
  };

  const showSource = (button) => {
    const row = button.closest("tr"), next = row.nextElementSibling;
    const open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!open));
    if (open) {
      next.remove();
      return;
    }
    const [ran, missed] = data.coverage[button.dataset.dir][button.dataset.path];
    const kinds = new Map([...ran.map((n) => [n, "ran"]), ...missed.map((n) => [n, "missed"])]);
    const lines = make("pre", undefined, "lines");
    lines.tabIndex = 0;
    const text = data.sources[button.dataset.path];
    (text === undefined ? ["the file is not at hand"] : text.split("\n")).forEach((line, index) => {
      const kind = kinds.get(index + 1) || "";
      const shown = make("span", `${String(index + 1).padStart(5)}  ${line}`, kind);
      if (kind === "missed") shown.setAttribute("aria-label", `did not run: ${line}`);
      lines.append(shown);
    });
    const holder = document.createElement("tr"), cell = document.createElement("td");
    cell.colSpan = row.cells.length;
    cell.append(lines);
    holder.append(cell);
    row.after(holder);
  };

  const copy = async (button) => {
    try {
      await navigator.clipboard.writeText(button.dataset.text);
      button.textContent = "copied";
    } catch {
      const range = document.createRange();
      range.selectNodeContents(button.previousElementSibling);
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      button.textContent = "selected";
    }
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (button && button.classList.contains("source")) showSource(button);
    if (button && button.classList.contains("copy")) copy(button);
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !["INPUT", "SELECT"].includes(document.activeElement.tagName)) {
      event.preventDefault();
      byId("tests-filter").focus();
    }
  });
  dirs();
  tests();
})();
