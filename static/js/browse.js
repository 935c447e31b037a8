/* The reading room: opens rows beside the list, filters without leaving the page, keeps the place, and has a key for
   each of it. Every link it takes over is a whole page too; the address bar always says what is shown. */
(() => {
  "use strict";
  const WIDE = window.matchMedia("(min-width: 69rem)");
  let shown = listOf(window.location.href); // the selection that the list on the page shows
  let request = null;

  const room = () => document.getElementById("room");
  const rows = () => [...document.querySelectorAll("[data-open]")];
  const current = () => document.querySelector("[data-open][aria-current]");
  const say = (text) => {
    const voice = document.getElementById("room-says");
    if (voice) voice.textContent = text;
  };

  function listOf(address) {
    const url = new URL(address, window.location.href);
    url.searchParams.delete("open");
    return url.pathname + url.search;
  }

  function openIn(address) {
    return new URL(address, window.location.href).searchParams.get("open");
  }

  // --- fetching and swapping ---

  async function fetchPart(address, target) {
    request?.abort();
    request = new AbortController();
    const headers = { "HX-Request": "true", "HX-Target": target, "HX-Current-URL": window.location.href };
    const answer = await fetch(address, { headers, credentials: "same-origin", signal: request.signal });
    const elsewhere = answer.headers.get("HX-Redirect");
    if (elsewhere) {
      window.location.assign(elsewhere);
      throw new DOMException("elsewhere", "AbortError");
    }
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    return new DOMParser().parseFromString(await answer.text(), "text/html").getElementById(target);
  }

  function put(fresh, target) {
    const old = document.getElementById(target);
    const side = document.getElementById("facet-groups");
    const drawer = document.getElementById("room-side")?.matches(":popover-open");
    const focused = document.activeElement?.id;
    const caret = document.activeElement?.selectionStart;
    old.replaceWith(document.adoptNode(fresh));
    if (target === "room" && side) document.getElementById("facets").replaceChildren(side);
    if (target === "room" && drawer) document.getElementById("room-side").showPopover();
    window.htmx?.process(fresh);
    const again = focused && document.activeElement === document.body ? document.getElementById(focused) : null;
    again?.focus({ preventScroll: true });
    if (typeof caret === "number" && again?.type === "search") again.setSelectionRange(caret, caret);
  }

  function mark(id) {
    for (const row of rows()) {
      if (row.dataset.open === id) row.setAttribute("aria-current", "true");
      else row.removeAttribute("aria-current");
    }
    if (room()) room().classList.toggle("has-open", Boolean(id));
  }

  async function show(address) {
    const isDetail = listOf(address) === shown;
    const target = isDetail ? "room-detail" : "room";
    const busy = document.getElementById(target);
    busy.setAttribute("aria-busy", "true");
    try {
      const fresh = await fetchPart(address.split("#")[0], target);
      put(fresh, target);
      shown = listOf(address);
      mark(openIn(address));
      if (!isDetail) {
        say(document.querySelector(".results-head p")?.textContent.trim() ?? "");
        loadFacets();
      }
      return true;
    } catch (error) {
      if (error.name !== "AbortError") window.location.assign(address);
      return false;
    } finally {
      busy.removeAttribute("aria-busy");
    }
  }

  async function loadFacets() {
    const place = document.getElementById("facets");
    if (!place) return;
    place.setAttribute("aria-busy", "true");
    const asked = shown;
    const headers = { "HX-Request": "true" };
    const answer = await fetch(place.dataset.facets + new URL(asked, window.location.href).search, { headers, credentials: "same-origin" });
    if (!answer.ok || asked !== shown) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").getElementById("facet-groups");
    const now = document.getElementById("facets");
    if (!fresh || !now) return;
    const states = new Map([...now.querySelectorAll("[data-facet]")].map((facet) => [facet.dataset.facet, facet.open]));
    for (const facet of fresh.querySelectorAll("[data-facet]")) facet.open = states.get(facet.dataset.facet) ?? facet.open;
    const focused = now.contains(document.activeElement) ? document.activeElement.id : "";
    now.replaceChildren(document.adoptNode(fresh));
    now.removeAttribute("aria-busy");
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  // --- history: ours, not htmx's; the scroll position goes with each entry ---

  function keepPlace() {
    window.history.replaceState({ room: true, top: window.scrollY }, "");
  }

  async function go(address, { focusOn = "" } = {}) {
    keepPlace();
    const wasList = shown;
    if (!(await show(address))) return;
    window.history.pushState({ room: true, top: window.scrollY }, "", address.split("#")[0]);
    if (shown !== wasList || !WIDE.matches) window.scrollTo({ top: 0 });
    document.getElementById("room-detail")?.scrollTo({ top: 0 });
    if (focusOn) document.querySelector(focusOn)?.focus({ preventScroll: true });
  }

  window.addEventListener("popstate", async (event) => {
    if (!room()) return;
    const before = openIn(window.location.href) ? "" : document.querySelector("[data-open][aria-current]")?.dataset.open;
    if (!(await show(window.location.href))) return;
    window.scrollTo({ top: event.state?.top ?? 0 });
    if (before) document.querySelector(`[data-open="${before}"]`)?.focus({ preventScroll: true });
  });

  async function back() {
    const id = openIn(window.location.href);
    const link = document.querySelector("[data-back]");
    if (!room() || !id) {
      if (link) window.location.assign(link.href);
      return;
    }
    await go(link.href);
    const row = document.querySelector(`[data-open="${id}"]`);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  }

  // --- clicks and forms ---

  const LINKS = "a[data-room], .room .filter-chip a, a[data-open], a[data-open-url], a[data-near], a[data-back]";

  function besideTheList(id) {
    const url = new URL(shown, window.location.href);
    url.searchParams.set("open", id);
    return url.href;
  }

  function isPlain(event) {
    return event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey && !event.defaultPrevented;
  }

  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element && event.target.closest(LINKS);
    if (!link || !isPlain(event)) return;
    if (!room()) return;
    event.preventDefault();
    if ("back" in link.dataset) back();
    else if (link.dataset.near) go(besideTheList(link.dataset.near), { focusOn: "[data-detail-title]" });
    else go(link.href, { focusOn: link.matches("[data-open], [data-open-url]") ? "[data-detail-title]" : "" });
  });

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!(form instanceof HTMLFormElement) || !("roomForm" in form.dataset) || !room()) return;
    event.preventDefault();
    const query = new URLSearchParams([...new FormData(form)].filter(([name, value]) => value && name !== "all"));
    if (document.activeElement?.type === "search") document.activeElement.blur(); // the next key is for the list
    go(`${form.action}?${query.toString() || "all=1"}`);
  });

  document.addEventListener("change", (event) => {
    const form = event.target.form;
    if (form && "roomForm" in form.dataset && event.target.type !== "search") form.requestSubmit();
  });

  // --- keys ---

  function step(by) {
    const all = rows();
    const at = all.indexOf(all.includes(document.activeElement) ? document.activeElement : current());
    const next = all[at + by];
    if (!next) {
      document.querySelector(by > 0 ? ".room-list [rel=next]" : "#id_q")?.focus();
      return;
    }
    next.focus({ preventScroll: true });
    next.closest("li").scrollIntoView({ block: "nearest" });
    if (openIn(window.location.href)) {
      if (WIDE.matches) go(next.href);
      else go(next.href, { focusOn: "[data-detail-title]" });
    }
  }

  function focusOn(selector) {
    const field = document.querySelector(selector);
    if (!field) return;
    field.focus();
    field.select?.();
    field.scrollIntoView({ block: "nearest" });
  }

  const KEYS = {
    j: () => step(1),
    k: () => step(-1),
    "/": () => focusOn("#id_q"),
    t: () => focusOn("#id_tag"),
    c: () => document.querySelector("[data-copy='citation']")?.click(),
    u: back,
    o: () => {
      const own = document.querySelector("[data-own-page]");
      const row = document.activeElement?.dataset?.open || current()?.dataset.open;
      if (own) window.location.assign(own.href);
      else if (row) window.location.assign(`${window.location.pathname}${row}/${new URL(listOf(window.location.href), window.location.href).search}`);
    },
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented || event.isComposing) return;
    if (document.querySelector("dialog[open]")) return;
    const at = event.target;
    if (at.closest("input, select, textarea, [contenteditable]")) {
      if (event.key === "Escape" && !at.closest("[popover]")) at.blur();
      return;
    }
    const act = KEYS[event.key];
    if (!act || (!room() && !["t", "c", "u"].includes(event.key))) return;
    event.preventDefault();
    act();
  });

  // --- at the start ---

  if (room()) {
    window.history.replaceState({ room: true, top: window.scrollY, ...window.history.state }, "");
    loadFacets();
    window.addEventListener("pagehide", keepPlace);
  }
})();
