// A list of people beside an @ in a note. Without it the name is typed; the server reads both alike.
(() => {
  "use strict";
  const AT_END = /(?:^|[^\w.])@([\p{L}\p{N}._' -]{0,40})$/u;
  let menu = null;
  let field = null;
  let choice = 0;
  let asked = 0;

  const typed = (area) => AT_END.exec(area.value.slice(0, area.selectionStart))?.[1];

  function close() {
    menu?.remove();
    menu = null;
    field?.removeAttribute("aria-activedescendant");
    field?.removeAttribute("aria-controls");
  }

  function mark(index) {
    const items = [...menu.children];
    choice = (index + items.length) % items.length;
    items.forEach((item, at) => item.setAttribute("aria-selected", String(at === choice)));
    field.setAttribute("aria-activedescendant", items[choice].id);
  }

  function take(name) {
    const end = field.selectionStart;
    const start = end - typed(field).length;
    field.setRangeText(`${name} `, start, end, "end");
    close();
    field.focus();
  }

  function show(names) {
    close();
    if (!names.length || document.activeElement !== field) return;
    menu = document.createElement("ul");
    menu.className = "mention-menu";
    menu.id = "mention-menu";
    menu.setAttribute("role", "listbox");
    names.forEach((name, at) => {
      const item = document.createElement("li");
      item.id = `mention-${at}`;
      item.setAttribute("role", "option");
      item.textContent = name;
      item.addEventListener("mousedown", (event) => { event.preventDefault(); take(name); });
      menu.append(item);
    });
    field.after(menu);
    field.setAttribute("aria-controls", menu.id);
    mark(0);
  }

  async function ask(area) {
    const q = typed(area);
    const turn = ++asked;
    field = area;
    if (q === undefined) return close();
    const answer = await fetch(`${area.dataset.mentions}?q=${encodeURIComponent(q)}`, { headers: { Accept: "application/json" } }).catch(() => null);
    if (turn === asked && answer?.ok) show((await answer.json()).people);
  }

  document.addEventListener("input", (event) => {
    if (event.target.matches?.("textarea[data-mentions]")) ask(event.target);
  });
  document.addEventListener("focusout", (event) => { if (event.target === field) close(); });
  document.addEventListener("keydown", (event) => {
    if (!menu || event.target !== field) return;
    const act = { ArrowDown: () => mark(choice + 1), ArrowUp: () => mark(choice - 1), Enter: () => take(menu.children[choice].textContent), Tab: () => take(menu.children[choice].textContent), Escape: close }[event.key];
    if (act) { event.preventDefault(); event.stopPropagation(); act(); }
  }, true);
})();
