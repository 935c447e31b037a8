/* The board of a workshop: what comes in appears at once, cards move by dragging and by keys, nothing leaves the page.
   Asks every second with an ETag for what is new; only where the order on the board has changed it is fetched whole,
   and what somebody is typing, has marked or opened stays. Without this script the page's forms do the same. */
(() => {
  "use strict";
  const page = document.getElementById("workshop");
  if (!page) return;
  const words = page.dataset;
  const says = document.getElementById("workshop-says");
  const board = () => document.getElementById("board");
  let etag = "";
  let query = new URLSearchParams(window.location.search).get("dots") === "1" ? "dots=1" : "";
  let endsAt = null;
  let failures = 0;
  let isRenewing = false;
  let isStale = false;

  /* --- what comes in --- */
  function addCard(id, text) {
    if (page.querySelector(`[data-idea="${id}"]`)) return;
    const card = document.getElementById("idea-template").content.firstElementChild.cloneNode(true); // of this phase
    card.dataset.idea = id;
    card.querySelector("span[dir]").textContent = text;
    card.querySelector("[data-dots]").dataset.dots = `i${id}`;
    const mark = card.querySelector("input");
    if (mark) {
      mark.value = id;
      mark.id = `mark-${id}`;
    }
    const hide = card.querySelector("[formaction]");
    if (hide) hide.setAttribute("formaction", `${words.board}hide/${id}/`);
    card.classList.add("is-new");
    document.getElementById("loose").prepend(card);
    page.querySelector(".board-empty")?.remove();
    board().dataset.last = Math.max(Number(board().dataset.last), id);
  }

  function count() {
    document.getElementById("idea-count").textContent = page.querySelectorAll(".columns .idea").length;
  }

  async function poll() {
    if (isRenewing) return;
    const here = board();
    const headers = { Accept: "application/json", ...(etag ? { "If-None-Match": etag } : {}) };
    const url = `${words.state}?after=${here.dataset.last}&${query}`;
    const answer = await fetch(url, { headers, cache: "no-store", credentials: "same-origin", redirect: "manual" });
    if (answer.type === "opaqueredirect") return window.location.reload(); // signed out
    if (answer.status === 304) return;
    if (answer.status !== 200) throw new Error(String(answer.status));
    etag = answer.headers.get("ETag") || "";
    const told = await answer.json();
    document.getElementById("phone-count").textContent = told.phones;
    if (String(told.layout) !== here.dataset.layout) return renew();
    for (const [id, text] of told.ideas) addCard(id, text);
    if (told.ideas.length) count();
    if ("withDots" in here.dataset) {
      for (const place of page.querySelectorAll("[data-dots]")) place.textContent = told.dots[place.dataset.dots] || "";
    }
  }

  /* --- the whole board anew --- */
  function typed() {
    const found = new Map();
    for (const field of board().querySelectorAll(":is(input, textarea, select)[id]")) {
      if (field.type === "checkbox") {
        if (field.checked) found.set(field.id, true);
      } else if (field.type === "hidden") continue;
      else if (field.tagName === "SELECT" ? ![...field.options].some((one) => one.defaultSelected) && field.selectedIndex > 0 : field.value !== field.defaultValue) found.set(field.id, field.value);
    }
    return found;
  }

  function put(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("board");
    if (!fresh) return window.location.reload();
    const kept = typed();
    const before = new Map([...kept.keys()].filter((id) => id.startsWith("decision-")).map((id) => [id.replace("decision", "was"), document.getElementById(id.replace("decision", "was"))?.value]));
    const open = [...board().querySelectorAll("details[open][id]")].map((one) => one.id);
    const focused = document.activeElement?.closest("#board") ? document.activeElement.id : "";
    const range = focused && "selectionStart" in document.activeElement ? document.activeElement.selectionStart : null;
    board().replaceWith(document.adoptNode(fresh));
    for (const [id, value] of kept) {
      const field = document.getElementById(id);
      if (field && value === true) field.checked = true;
      else if (field && (field.tagName !== "SELECT" || [...field.options].some((one) => one.value === value))) field.value = value;
    }
    for (const [id, value] of before) {
      const field = document.getElementById(id); // what its writer saw before: so that nobody writes over another's
      if (field && value !== undefined) field.value = value;
    }
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    if (focused) {
      const field = document.getElementById(focused);
      field?.focus({ preventScroll: true });
      if (field && range !== null && field.type !== "checkbox" && "setSelectionRange" in field) field.setSelectionRange(range, range);
    }
    number();
    startTimer();
  }

  async function renew() {
    if (isRenewing) {
      isStale = true;
      return;
    }
    isRenewing = true;
    isStale = false;
    try {
      const answer = await fetch(`${words.board}?${query}`, { headers: { "HX-Request": "true" }, cache: "no-store", credentials: "same-origin", redirect: "manual" });
      if (answer.headers.get("HX-Redirect")) return window.location.reload();
      if (!answer.ok) throw new Error(String(answer.status));
      put(await answer.text());
    } finally {
      isRenewing = false;
      if (isStale) renew().catch(() => {}); // something was done meanwhile
    }
  }

  async function tick() {
    if (!document.hidden) {
      try {
        await poll();
        failures = 0;
        page.removeAttribute("data-stale");
      } catch {
        etag = ""; // what was told last may not be shown yet
        failures = Math.min(failures + 1, 4);
        page.setAttribute("data-stale", "");
      }
    }
    window.setTimeout(tick, 1000 * 2 ** failures);
  }

  /* --- what moderators do --- */
  async function act(action, fields) {
    const token = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
    fields.set("csrfmiddlewaretoken", token);
    let told = {};
    let isDone = false;
    try {
      const answer = await fetch(action, { method: "POST", body: new URLSearchParams(fields), headers: { Accept: "application/json" }, credentials: "same-origin" });
      told = await answer.json();
      isDone = answer.ok;
    } catch {
      told = { error: words.failed };
    }
    if (!isDone) window.toast?.(told.error || words.failed, { level: "error" });
    else if (told.said) window.toast?.(told.said, { level: "success", undo: told.undo });
    await renew().catch(() => {});
    return isDone;
  }

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    const button = event.submitter;
    const isUndo = form.closest(".toast") && form.getAttribute("action")?.startsWith(words.board);
    if (form.id !== "act" && !("act" in form.dataset) && !isUndo) return;
    event.preventDefault();
    const fields = new FormData(form, button);
    if (button) button.setAttribute("aria-busy", "true");
    form.querySelectorAll(":is(input, textarea):not([type=hidden], [type=checkbox])").forEach((field) => (field.defaultValue = field.value)); // sent: no longer what somebody is typing
    const title = document.getElementById("new-title");
    const isDone = await act(button?.getAttribute("formaction") || form.getAttribute("action"), fields);
    button?.removeAttribute("aria-busy");
    if (isUndo) form.closest(".toast").remove();
    if (!isDone && form.id !== "act") restore(form, fields);
    else if (form.id === "move" && title) unmark();
  });

  /* Words that the server did not take come back into their field. */
  function restore(form, fields) {
    for (const [name, value] of fields) {
      const field = document.querySelector(`form[action="${form.getAttribute("action")}"] :is(input, textarea)[name="${name}"]:not([type=hidden], [type=checkbox])`);
      if (field) field.value = value;
    }
  }

  function unmark() {
    for (const mark of page.querySelectorAll('input[name="idea"]:checked')) mark.checked = false;
  }

  function idsWith(card) {
    const marked = [...page.querySelectorAll('.columns input[name="idea"]:checked')].map((mark) => mark.value);
    return marked.includes(card.dataset.idea) ? marked : [card.dataset.idea];
  }

  function move(ids, group, title = "") {
    const fields = new FormData();
    for (const id of ids) fields.append("idea", id);
    fields.set("group", group);
    fields.set("title", title);
    const list = page.querySelector(`.ideas[data-drop="${group}"]`);
    for (const id of ids) {
      const card = page.querySelector(`.columns [data-idea="${id}"]`);
      if (list && card) list.append(card);
      const mark = card?.querySelector("input");
      if (mark) mark.checked = false;
    }
    says.textContent = words.moved;
    return act(`${words.board}move/`, fields);
  }

  const titleFrom = (id) => (page.querySelector(`.columns [data-idea="${id}"] span[dir]`)?.textContent || "").slice(0, 60);

  /* by dragging */
  let dragged = [];
  document.addEventListener("dragstart", (event) => {
    const card = event.target.closest?.(".idea[draggable]");
    if (!card) return;
    dragged = idsWith(card);
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.querySelector("span[dir]").textContent);
    page.classList.add("is-dragging");
  });
  const dropOf = (event) => (dragged.length ? event.target.closest?.("[data-drop]") || event.target.closest?.(".group")?.querySelector("[data-drop]") : null);
  document.addEventListener("dragover", (event) => {
    const place = dropOf(event);
    for (const one of page.querySelectorAll(".is-over")) if (one !== place) one.classList.remove("is-over");
    if (!place) return;
    event.preventDefault();
    place.classList.add("is-over");
  });
  document.addEventListener("drop", (event) => {
    const place = dropOf(event);
    if (!place) return;
    event.preventDefault();
    move(dragged, place.dataset.drop, place.dataset.drop === "new" ? titleFrom(dragged[0]) : "");
  });
  document.addEventListener("dragend", () => {
    dragged = [];
    page.classList.remove("is-dragging");
    for (const one of page.querySelectorAll(".is-over")) one.classList.remove("is-over");
  });

  /* by keyboard: the mark of a card has the focus */
  const lists = () => [...page.querySelectorAll(".columns .ideas")].filter((list) => list.querySelector("input"));
  const focusOn = (card) => card?.querySelector("input")?.focus();

  function step(card, key) {
    if (key === "ArrowDown") return focusOn(card.nextElementSibling);
    if (key === "ArrowUp") return focusOn(card.previousElementSibling);
    const all = lists();
    const isForward = (key === "ArrowRight") !== (document.documentElement.dir === "rtl");
    focusOn(all[all.indexOf(card.parentElement) + (isForward ? 1 : -1)]?.firstElementChild);
  }

  document.addEventListener("keydown", (event) => {
    const mark = event.target;
    if (event.ctrlKey || event.metaKey || event.altKey || !(mark instanceof Element) || !mark.matches('.columns input[name="idea"]')) return;
    const card = mark.closest(".idea");
    if (event.key.startsWith("Arrow")) {
      event.preventDefault();
      step(card, event.key);
    } else if (event.key === "n") {
      event.preventDefault();
      mark.checked = true;
      document.getElementById("move-to").value = "new";
      document.getElementById("new-title").focus();
    } else if (/^[0-9]$/.test(event.key)) {
      const group = event.key === "0" ? "" : page.querySelector(`header[data-number="${event.key}"]`)?.parentElement.dataset.group;
      if (group === undefined) return;
      event.preventDefault();
      event.stopPropagation();
      const next = card.nextElementSibling || card.previousElementSibling;
      focusOn(next);
      move(idsWith(card), group);
    }
  });

  /* The groups' numbers, in the order in which they are seen. */
  function number() {
    if (!document.getElementById("move")) return;
    page.querySelectorAll(".group[data-group] > header").forEach((head, place) => {
      if (place < 9) head.dataset.number = place + 1;
    });
  }

  /* --- the timer, the whole screen, the votes --- */
  function startTimer() {
    const timer = page.querySelector("[data-left]");
    endsAt = timer ? performance.now() + 1000 * Number(timer.dataset.left) : null;
    showTimer();
  }

  function showTimer() {
    const timer = page.querySelector("[data-left]");
    if (!timer || endsAt === null) return;
    const left = Math.max(0, Math.round((endsAt - performance.now()) / 1000));
    const shown = left ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : words.up;
    if (!left && !timer.classList.contains("is-up")) says.textContent = words.up;
    timer.textContent = shown;
    timer.classList.toggle("is-up", left === 0);
  }

  document.addEventListener("click", (event) => {
    const fill = event.target.closest?.("[data-fill]");
    if (fill && document.documentElement.requestFullscreen) document.documentElement.requestFullscreen();
    const peek = event.target.closest?.("[data-peek]");
    if (peek) {
      event.preventDefault();
      query = query ? "" : "dots=1";
      etag = "";
      renew().catch(() => {});
    }
  });
  document.addEventListener("fullscreenchange", () => document.documentElement.classList.toggle("is-filled", Boolean(document.fullscreenElement)));

  number();
  startTimer();
  window.setInterval(showTimer, 1000);
  window.setTimeout(tick, 1000);
})();
