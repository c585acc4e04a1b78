"use strict";
(() => {
  // Text reaches the page as text alone: nodes are made, no HTML is written.
  const STEP = 200;
  const byId = (id) => document.getElementById(id);
  const read = (id) => JSON.parse(byId(id)?.textContent ?? "null");

  const make = (name, kind, ...children) => {
    const made = document.createElement(name);
    if (kind) made.className = kind;
    made.append(...children);
    return made;
  };

  const press = (text, kind) => {
    const button = make("button", kind, text);
    button.type = "button";
    return button;
  };

  const said = (number) => number.toLocaleString("en");

  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);

  // A table that is sorted, filtered and shown in steps.
  //   items: what its rows show, in their first order
  //   draw: the row of an item; value: what a column sorts by
  //   matches: whether an item has all words and is of a kind
  const listing = (table, name, items, draw, value, matches) => {
    const body = table.tBodies[0], more = byId(`${name}-more`);
    const field = byId(`${name}-filter`), kind = byId(`${name}-kind`), count = byId(`${name}-count`);
    let ordered = items, found = items, shown = 0;

    const grow = () => {
      const rows = found.slice(shown, shown + STEP).map(draw);
      body.append(...rows);
      shown += rows.length;
      const left = found.length - shown;
      if (more) {
        more.hidden = left <= 0;
        more.textContent = `show ${Math.min(STEP, left)} more of ${said(left)}`;
      }
      if (count) count.textContent = `${said(found.length)} of ${said(items.length)}`;
      return rows;
    };

    const apply = () => {
      const words = field ? field.value.toLowerCase().split(/\s+/).filter(Boolean) : [];
      const wanted = kind ? kind.value : "";
      found = words.length || wanted ? ordered.filter((item) => matches(item, words, wanted)) : ordered;
      body.replaceChildren();
      shown = 0;
      grow();
    };

    const heads = [...table.tHead.rows[0].cells];
    heads.forEach((head, column) => {
      const number = head.classList.contains("number");
      const button = press(head.textContent);
      head.replaceChildren(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        // Of numbers the large ones are looked for first.
        const now = head.getAttribute("aria-sort");
        const up = now === "none" ? !number : now === "descending";
        heads.forEach((other) => other.setAttribute("aria-sort", "none"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const sign = up ? 1 : -1;
        ordered = items
          .map((item) => [value(item, column, number), item])
          .sort((a, b) => sign * compare(a[0], b[0]))
          .map((pair) => pair[1]);
        apply();
      });
    });

    more?.addEventListener("click", () => {
      const [first] = grow();
      if (!more.hidden || !first) return;
      first.tabIndex = -1;
      first.focus();
    });
    if (field) {
      field.addEventListener("input", apply);
      kind.addEventListener("change", apply);
      field.addEventListener("keydown", (event) => {
        if (event.key !== "Escape") return;
        field.value = "";
        apply();
      });
      field.form.addEventListener("submit", (event) => event.preventDefault());
      field.form.hidden = false;
    }
    apply();
  };

  const cellValue = (row, column, number) => {
    const text = row.cells[column].textContent;
    return number ? parseFloat(text) || 0 : text;
  };

  // A table whose rows are in the page already.
  const rowsListing = (table) => {
    const rows = [...table.tBodies[0].rows];
    const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
    const matches = (row, words, kind) =>
      (!kind || row.dataset.kinds.split(",").includes(kind)) &&
      words.every((word) => texts.get(row).includes(word));
    listing(table, table.id.replace("-table", ""), rows, (row) => row, cellValue, matches);
  };

  const badge = (kind) => make("span", `badge ${kind}`, kind);

  // What needs a look comes first.
  const rank = (test) =>
    test.outcome === "failed" || test.outcome === "error" ? 0
      : test.attempts > 1 ? 1 : test.outcome === "passed" ? 3 : 2;

  const readTests = () => {
    const { outcomes, dirs } = read("test-data");
    const all = [];
    for (const [dir, reused, nodes, times, odd] of dirs) {
      const first = all.length;
      nodes.forEach((node, at) => {
        all.push({
          dir, reused, node, ms: times[at], outcome: "passed", attempts: 1, message: "", anchor: "",
        });
      });
      for (const [at, outcome, attempts, message, anchor] of odd) {
        Object.assign(all[first + at], { outcome: outcomes[outcome], attempts, message, anchor });
      }
    }
    for (const test of all) {
      test.text = `${test.dir} ${test.node} ${test.message}`.toLowerCase();
      test.rank = rank(test);
    }
    return all.sort((a, b) => a.rank - b.rank);
  };

  const drawTest = (test) => {
    const name = make("th", "", make("code", "", test.node));
    name.scope = "row";
    if (test.anchor) {
      const link = make("a");
      link.href = `#${test.anchor}`;
      link.append(...name.childNodes);
      name.append(link);
    }
    if (test.message) name.append(make("span", "said", test.message));
    const outcome = make("td", "", badge(test.outcome));
    if (test.attempts > 1 && test.rank) outcome.append(" ", badge("flaky"));
    if (test.reused) outcome.append(" ", badge("reused"));
    return make("tr", "", name, outcome, make("td", "minor", test.dir),
      make("td", "number", (test.ms / 1000).toFixed(2)), make("td", "number minor", String(test.attempts)));
  };

  const testsListing = (table) => {
    const columns = ["node", "outcome", "dir", "ms", "attempts"];
    const matches = (test, words, kind) =>
      (!kind || test.outcome === kind || (kind === "reused" && test.reused) ||
        (kind === "flaky" && test.attempts > 1 && test.rank > 0)) &&
      words.every((word) => test.text.includes(word));
    listing(table, "tests", readTests(), drawTest, (test, column) => test[columns[column]], matches);
  };

  // Coverage: read when it is first asked for, since it may be large.
  let covered;
  const coverage = () => (covered ??= read("coverage-data"));

  // Line numbers as people write them: 1-3, 7.
  const ranges = (lines) => {
    const parts = [];
    for (const line of lines) {
      const last = parts.at(-1);
      if (last && last[1] === line - 1) last[1] = line;
      else parts.push([line, line]);
    }
    return parts.map(([a, b]) => (a === b ? a : `${a}-${b}`)).join(", ");
  };

  const showDir = (details) => {
    const files = coverage().dirs[details.dataset.dir];
    const titles = [["file", ""], ["covered", "number"], ["statements", "number minor"],
      ["missing lines", "minor"]];
    const head = make("tr", "", ...titles.map(([title, kind]) => {
      const cell = make("th", kind, title);
      cell.scope = "col";
      return cell;
    }));
    const rows = files.map(([path, ran, missed]) => {
      const all = ran.length + missed.length;
      const button = press(path, "source");
      button.setAttribute("aria-expanded", "false");
      button.addEventListener("click", () => showSource(button, path, ran, missed));
      const name = make("th", "", button);
      name.scope = "row";
      return make("tr", "", name, make("td", "number", all ? `${Math.floor((100 * ran.length) / all)}%` : "100%"),
        make("td", "number minor", String(all)), make("td", "minor", ranges(missed)));
    });
    const caption = make("caption", "", "Files; a name opens its lines");
    details.append(make("table", "listing", caption, make("thead", "", head), make("tbody", "", ...rows)));
  };

  const showSource = (button, path, ran, missed) => {
    const row = button.closest("tr");
    const open = button.getAttribute("aria-expanded") === "true";
    button.setAttribute("aria-expanded", String(!open));
    if (open) {
      row.nextElementSibling.remove();
      return;
    }
    const cell = make("td", "", lines(coverage().sources[path], new Set(ran), new Set(missed)));
    cell.colSpan = row.cells.length;
    row.after(make("tr", "", cell));
  };

  const lines = (text, ran, missed) => {
    if (!text) return make("p", "dim", "The file was not at hand when this page was written.");
    const shown = make("pre", "lines");
    shown.tabIndex = 0;
    text.replace(/\n$/, "").split("\n").forEach((line, index) => {
      const number = index + 1, kind = missed.has(number) ? "missed" : ran.has(number) ? "ran" : "";
      // The sign says it to those who see no colours, and in what is copied.
      const sign = { missed: "!", ran: "+" }[kind] ?? " ";
      const before = make("span", "at", `${String(number).padStart(5)} ${sign} `);
      shown.append(make(kind === "missed" ? "mark" : "span", `line ${kind}`, before, `${line}\n`));
    });
    return shown;
  };

  // A button's own text is not read again when it changes.
  const spoken = make("output", "unseen");
  document.body.append(spoken);

  const say = (button, text) => {
    const before = button.dataset.label ?? (button.dataset.label = button.textContent);
    button.textContent = text;
    spoken.textContent = text;
    setTimeout(() => (button.textContent = before), 2000);
  };

  const copy = async (button) => {
    try {
      await navigator.clipboard.writeText(button.dataset.text);
      say(button, "copied");
    } catch {
      getSelection().selectAllChildren(button.previousElementSibling);
      say(button, "selected");
    }
  };

  const failures = () => [...document.querySelectorAll("details.failure")];

  const openAll = () => {
    const button = byId("open-all");
    if (!button) return;
    button.hidden = failures().length < 2;
    button.addEventListener("click", () => {
      const open = failures().some((one) => !one.open);
      failures().forEach((one) => (one.open = open));
      button.textContent = open ? "close all" : "open all";
    });
  };

  // A link to a failure opens it.
  const follow = () => {
    const aim = byId(location.hash.slice(1));
    if (!aim?.matches("details")) return;
    aim.open = true;
    aim.scrollIntoView();
    aim.firstElementChild.focus();
  };

  document.querySelectorAll("table.listing[id]").forEach((table) =>
    table.id === "tests-table" ? testsListing(table) : rowsListing(table));
  openAll();
  follow();
  addEventListener("hashchange", follow);
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button.copy");
    if (button) copy(button);
  });
  document.addEventListener("toggle", (event) => {
    const details = event.target;
    if (!details.open || !details.matches("details.covered")) return;
    if (!details.querySelector("table")) showDir(details);
  }, true);
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest?.("input, select, textarea");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const field = byId("tests-filter") ?? byId("dirs-filter");
    if (!field) return;
    event.preventDefault();
    field.focus();
  });
  addEventListener("beforeprint", () => failures().forEach((one) => (one.open = true)));
})();
