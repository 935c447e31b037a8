/* The command palette (Ctrl-K, Cmd-K), the list of shortcuts (?), and jumps (g, then a letter).
   The server decides what is found; without this file the palette is a search page. */
(() => {
  "use strict";
  const dialog = document.getElementById("palette");
  const input = document.getElementById("palette-input");
  const results = document.getElementById("palette-results");
  if (!dialog || !input || !results) return;
  const isApple = /Mac|iPhone|iPad/.test(navigator.platform);
  let asked = 0;
  let active = -1;
  let waiting;
  let jump = 0;

  const items = () => [...results.querySelectorAll(".palette-item")];

  function choose(index) {
    const all = items();
    all[active]?.classList.remove("is-active");
    all[active]?.removeAttribute("aria-selected");
    active = all.length ? (index + all.length) % all.length : -1;
    const one = all[active];
    if (!one) return input.removeAttribute("aria-activedescendant");
    one.classList.add("is-active");
    one.setAttribute("aria-selected", "true");
    one.scrollIntoView({ block: "nearest" });
    input.setAttribute("aria-activedescendant", one.id);
  }

  function show(html) {
    const found = new DOMParser().parseFromString(html, "text/html").getElementById("palette-found");
    if (!found) return;
    results.replaceChildren(...found.childNodes);
    items().forEach((item, index) => {
      item.id = `palette-item-${index}`;
      item.setAttribute("role", "option");
      item.tabIndex = -1;
    });
    for (const here of results.querySelectorAll("[data-here]")) here.value = location.pathname + location.search;
    results.setAttribute("role", items().length ? "listbox" : "status");
    active = -1;
    choose(0);
  }

  async function ask() {
    const number = ++asked;
    try {
      const url = `${dialog.dataset.url}?q=${encodeURIComponent(input.value)}`;
      const answer = await fetch(url, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
      const elsewhere = answer.headers.get("HX-Redirect");
      if (elsewhere) return location.assign(elsewhere);
      if (number === asked && answer.ok) show(await answer.text());
    } catch {
      location.assign(`${dialog.dataset.url}?q=${encodeURIComponent(input.value)}`); // the page says what is wrong
    }
  }

  function open() {
    if (dialog.open) return;
    document.getElementById("side")?.hidePopover?.();
    dialog.showModal();
    input.select();
    ask();
  }

  function onPaletteKey(event) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) choose(active + step);
    else if (event.key === "Home" && !input.value) choose(0);
    else if (event.key === "Enter") items()[active]?.click();
    else if (event.key === "Escape") dialog.close(); // else a search field would only be emptied
    else return;
    event.preventDefault();
  }

  const isTyping = (target) => target instanceof Element && target.closest("input, select, textarea, [contenteditable]");

  function onPageKey(event) {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    if (event.key === "?") document.getElementById("shortcuts")?.showModal();
    else if (jump && Date.now() - jump < 1500) go(event);
    else if (event.key === "g") jump = Date.now();
  }

  function go(event) {
    jump = 0;
    if (!/^[a-z]$/.test(event.key)) return;
    const link = document.querySelector(
      event.key === "q" ? '[data-nav-group="queues"] a' : `#side [data-jump="${event.key}"]`,
    );
    if (!link) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    link.click();
  }

  document.addEventListener("keydown", onPageKey, true);
  input.addEventListener("keydown", onPaletteKey);
  input.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 90);
  });
  results.addEventListener("mousemove", (event) => {
    const over = items().indexOf(event.target.closest(".palette-item"));
    if (over >= 0 && over !== active) choose(over);
  });
  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-palette]") || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    open();
  });
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());

  if (isApple) for (const key of document.querySelectorAll(".keys-ctrl")) key.textContent = "⌘ K";

  /* Which groups of the sidebar are closed: in a cookie, so that the server draws them so. */
  for (const group of document.querySelectorAll("[data-nav-group]")) {
    group.addEventListener("toggle", () => {
      const closed = [...document.querySelectorAll("[data-nav-group]:not([open])")].map((one) => one.dataset.navGroup);
      document.cookie = `nav_closed=${closed.join(".")}; path=/; max-age=31536000; samesite=lax`;
    });
  }

  /* Light or dark at once; the server keeps it. */
  document.addEventListener("submit", (event) => {
    const theme = event.submitter?.value && event.submitter.name === "theme" ? event.submitter.value : event.target.elements?.theme?.value;
    if (!event.target.matches('form[action$="/theme/"]') || !theme) return;
    event.preventDefault();
    const body = new FormData(event.target);
    body.set("theme", theme);
    document.documentElement.dataset.theme = theme;
    document.dispatchEvent(new CustomEvent("themechange", { detail: { theme } }));
    for (const button of document.querySelectorAll('.theme-choice [name="theme"]')) {
      button.setAttribute("aria-pressed", String(button.value === theme));
    }
    if (dialog.open) dialog.close();
    fetch(event.target.action, { method: "POST", body, headers: { "HX-Request": "true" }, credentials: "same-origin" });
  });
})();
