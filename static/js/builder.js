/* The form builder, made quick where scripts run: saves while one types, opens cards in place, moves by keys and by
   dragging, keeps the preview fresh. Every action is a plain post too. */
(() => {
  "use strict";
  const root = document.getElementById("builder");
  if (!root || !window.htmx) return;
  const edit = root.dataset.edit;
  const frame = document.getElementById("preview");
  const PAUSE_MS = 700;
  const TYPING_MS = 300; // two keys of one word are not further apart
  let timer = 0;
  let dirty = null; // the form with words that are not saved yet
  let running = null; // the save that is on its way
  let isPaused = false; // somebody else changed the form: nothing is saved over it unasked
  let opened = board()?.dataset.open ?? "";
  let wanted = null; // what takes the focus after the next swap

  function board() {
    return document.getElementById("board");
  }

  function bar() {
    return document.getElementById("builder-bar");
  }

  const busy = (is) => bar()?.querySelector("[data-busy]")?.toggleAttribute("hidden", !is);

  // --- saving ---

  function post(source, values, swap) {
    return window.htmx.ajax("POST", edit, { source, target: "#board", swap, values });
  }

  /* Choices written one a line, which are added when they are left. */
  const linesOf = (form) =>
    [...form.querySelectorAll("[data-lines]")].filter((one) => one.value.trim() && one !== document.activeElement);

  function save(form) {
    window.clearTimeout(timer);
    dirty = null;
    busy(true);
    const lines = linesOf(form);
    const values = { action: form.dataset.action ?? "save", ...(lines.length ? {} : { quiet: "1" }) };
    const sent = () => post(form, values, "none").then(() => lines.forEach((field) => (field.value = "")));
    const made = (running ?? Promise.resolve()).then(sent, sent).finally(() => {
      busy(false);
      if (running === made) running = null;
    });
    running = made;
    return made;
  }

  /* Everything typed is saved before anything else is done: an answer may swap the card in which it stands. */
  async function settle(except) {
    window.clearTimeout(timer);
    window.clearTimeout(redraw);
    if (dirty && dirty !== except && dirty.isConnected) await save(dirty).catch(() => {});
    else if (running) await running.catch(() => {});
    dirty = null;
    return !isPaused;
  }

  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-autosave]");
    if (!form || event.target.matches("[data-quiet], [data-redraw]") || isPaused) return;
    dirty = form;
    window.clearTimeout(timer);
    timer = window.setTimeout(() => dirty && dirty.isConnected && save(dirty), PAUSE_MS);
  });

  /* Some answers change what else is asked: the board is drawn anew. Not while a list is being typed into, for a new list
     would begin with the rest of the word; and one after the other, for each builds on what the one before it made. */
  let lastKey = 0;
  let redraw = 0;

  function redrawFor(field) {
    window.clearTimeout(redraw);
    dirty = field.form;
    const rest = lastKey + TYPING_MS - performance.now();
    if (rest > 0) redraw = window.setTimeout(() => redrawFor(field), rest);
    else redrawNow(field);
  }

  async function redrawNow(field) {
    const chosen = field.type === "checkbox" ? field.checked : field.value;
    const isFine = await settle(field.form);
    const now = field.isConnected ? field : document.getElementById(field.id);
    if (!isFine || !now?.form) return;
    if (now.type === "checkbox") now.checked = chosen;
    else now.value = chosen;
    const made = post(now.form, { action: "save" }, "outerHTML").catch(() => {}).finally(() => {
      if (running === made) running = null;
    });
    running = made;
  }

  /* Lines are added as soon as they are left; not between press and click, or the button would be gone by then. */
  let isPressed = false;
  for (const [name, is] of [["pointerdown", true], ["pointerup", false], ["pointercancel", false]]) {
    document.addEventListener(name, () => (isPressed = is), true);
  }

  function addLines(field) {
    window.clearTimeout(redraw);
    dirty = field.form;
    redraw = window.setTimeout(() => {
      if (isPressed) addLines(field);
      else if (field.isConnected && field.value.trim()) redrawFor(field);
    }, 60);
  }

  document.addEventListener("keydown", (event) => {
    if (event.target.matches?.("select[data-redraw]")) lastKey = performance.now();
  });

  document.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-autosave]");
    if (form && event.target.matches("[data-redraw]") && !isPaused) redrawFor(event.target);
    if (form && event.target.matches("[data-lines]") && !isPaused) addLines(event.target);
  });

  document.addEventListener("htmx:confirm", (event) => {
    if (!event.detail.triggeringEvent || !root.contains(event.detail.elt)) return;
    if (!dirty && !running) return;
    event.preventDefault();
    const form = event.detail.elt.matches("form[data-autosave]") ? event.detail.elt : null;
    settle(form).then((isFine) => isFine && event.detail.issueRequest(true));
  });

  document.addEventListener("htmx:beforeSwap", (event) => {
    if (![409, 422].includes(event.detail.xhr.status)) return;
    event.detail.shouldSwap = true; // it says what was not saved, and why
    event.detail.isError = false;
    isPaused = event.detail.requestConfig.parameters.quiet === "1";
  });

  document.addEventListener("draft-saved", (event) => {
    for (const field of document.querySelectorAll("input[name=seen]")) field.value = event.detail.seen;
    refresh();
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest?.("[data-save-mine]")) return;
    const form = board().querySelector("form[data-autosave]");
    for (const field of document.querySelectorAll("input[name=seen]")) field.value = bar().dataset.seen;
    isPaused = false;
    if (form) save(form);
  });

  window.addEventListener("beforeunload", (event) => {
    if (dirty?.isConnected) event.preventDefault();
  });

  // --- the preview ---

  let refreshing = 0;
  function refresh() {
    if (!frame) return;
    window.clearTimeout(refreshing);
    refreshing = window.setTimeout(() => {
      const now = board();
      const address = new URL(frame.src);
      address.searchParams.set("page", now.dataset.page);
      address.searchParams.set("at", String(Date.now())); // another address: the same one is not loaded again
      frame.src = address.href;
    }, 250);
  }

  // --- focus ---

  document.addEventListener("htmx:afterSettle", () => {
    const now = board();
    if (!now) return;
    const isOpened = now.dataset.open !== opened;
    opened = now.dataset.open;
    const target = wanted?.() ?? (isOpened && opened ? now.querySelector("[data-first]") : null);
    wanted = null;
    if (target) {
      target.focus({ preventScroll: true });
      target.scrollIntoView({ block: "nearest" });
    } else if (isOpened && document.activeElement === document.body) {
      now.querySelector(".card-face")?.focus({ preventScroll: true });
    }
    if (isOpened) refresh();
  });

  document.addEventListener("submit", (event) => {
    const action = event.submitter?.value ?? "";
    const card = event.target.closest("[data-question]");
    if (action.startsWith("add-choice") || action.startsWith("copy-choice")) {
      const list = action.split(":")[1];
      wanted = () => [...board().querySelectorAll(`input[name^="${list}."]`)].pop();
    } else if (action.startsWith("remove-choice")) {
      const at = [...board().querySelectorAll(".choice-line")].indexOf(event.submitter.closest(".choice-line"));
      wanted = () => board().querySelectorAll(".choice-line")[Math.max(0, at - 1)]?.querySelector("input");
    } else if (action === "remove" && card) {
      const at = [...board().querySelectorAll("[data-question]")].indexOf(card);
      wanted = () => {
        const left = board().querySelectorAll("[data-question]");
        return left[Math.min(at, left.length - 1)]?.querySelector(".card-face") ?? board().querySelector(".add-question summary");
      };
    } else if (action.startsWith("move") && card) {
      const key = card.dataset.question;
      const button = event.submitter.id;
      wanted = () => {
        tellPlace(key);
        return button ? document.getElementById(button) : null;
      };
    }
  }, true);

  function tellPlace(key) {
    const all = [...board().querySelectorAll("[data-question]")];
    const place = all.findIndex((one) => one.dataset.question === key) + 1;
    const said = board().dataset.saidMoved.replace("{number}", place).replace("{count}", all.length);
    document.getElementById("builder-says").textContent = said;
  }

  // --- keys ---

  function press(button) {
    if (!button || button.getAttribute("aria-disabled") === "true") return;
    button.click();
  }

  document.addEventListener("keydown", (event) => {
    if (!root.contains(event.target) || document.querySelector("dialog[open]")) return;
    const line = event.target.closest(".choice-line");
    if (event.key === "Enter" && line && event.target.matches("input")) {
      event.preventDefault();
      press(line.closest(".choice-list").querySelector("[id^=add-]"));
      return;
    }
    if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key) || event.target.matches("select")) return;
    const way = event.key === "ArrowUp" ? "up" : "down";
    const card = event.target.closest("[data-question]");
    const key = line ? line.dataset.choice : card?.dataset.question;
    if (!key) return;
    event.preventDefault();
    const focused = event.target.id;
    press(document.getElementById(`${way}-${key}`));
    if (focused) {
      wanted = () => {
        if (!line) tellPlace(key);
        return document.getElementById(focused);
      };
    }
  });

  // A button that can do nothing now keeps the focus, so keys can go on.
  document.addEventListener("click", (event) => {
    if (event.target.closest?.(".builder [aria-disabled=true]")) {
      event.preventDefault();
      event.stopPropagation();
    }
  }, true);

  // --- dragging ---

  let dragged = null;
  const over = () => board().querySelector(".is-over, .is-over-after");
  const clear = () => over()?.classList.remove("is-over", "is-over-after");

  document.addEventListener("dragstart", (event) => {
    const card = event.target.closest?.("[data-grip]")?.closest("[data-question]");
    if (!card) return;
    dragged = card;
    card.classList.add("is-dragged");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.dataset.question);
    event.dataTransfer.setDragImage(card, 12, 12);
  });

  document.addEventListener("dragover", (event) => {
    const list = dragged && event.target.closest?.(".page-block");
    if (!list) return;
    event.preventDefault();
    clear();
    const card = event.target.closest("[data-question]");
    if (!card || card === dragged) return;
    const box = card.getBoundingClientRect();
    card.classList.add(event.clientY > box.top + box.height / 2 ? "is-over-after" : "is-over");
  });

  document.addEventListener("drop", async (event) => {
    const block = dragged && event.target.closest?.(".page-block");
    if (!block) return;
    event.preventDefault();
    const mark = over();
    const others = [...block.querySelectorAll("[data-question]")].filter((one) => one !== dragged);
    const index = mark ? others.indexOf(mark) + (mark.classList.contains("is-over-after") ? 1 : 0) : others.length;
    const key = dragged.dataset.question;
    clear();
    if (!(await settle(null))) return;
    const seen = document.querySelector("#board input[name=seen]").value;
    wanted = () => {
      tellPlace(key);
      return document.getElementById(`open-${key}`);
    };
    const values = { action: "place", target: `question.${key}`, page: block.dataset.page, index, seen, open: opened };
    post(board(), values, "outerHTML");
  });

  document.addEventListener("dragend", () => {
    dragged?.classList.remove("is-dragged");
    dragged = null;
    clear();
  });
})();
