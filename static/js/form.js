/* What a public form gains from a script; without it everything works as well, one page after the other.

   - Conditions on the page act at once (#form-rules, made by pages._rules; the meaning is that of logic.holds).
   - What is written is kept until it is sent: in localStorage for two days at most; of anonymous forms, and of those
     opened by a personal link, in sessionStorage, so no longer than the tab. The form's own token is kept with it only
     while a sending is on its way, so that the same words sent again are one answer. Links are never kept.
   - Pages are sent by fetch: where we cannot be reached the words stay and are sent again, with the same token.
   - `seen`, sent along and on leaving: seconds with each question touched, as "key:12,other:7", and nothing else.

   A form's fields hide its properties of the same name (a question called "action"), so only methods with a capital
   letter in their name are called on it: keys have none. */
(() => {
  "use strict";

  const KEPT_FOR = 48 * 3600 * 1000; // milliseconds
  const WAITS = [2, 4, 8, 15, 30]; // seconds until it is tried again
  const PAUSE = 120; // seconds on a question beyond which nobody was there
  const OURS = new Set(["token", "page", "go", "website", "lang", "link", "seen"]);
  const PREFIX = "feedback.form.";
  const seconds = new Map();
  let form, words, box, store, key, clock, isDirty, isBusy, tries, timer, waiting, saving;

  const find = (selector, inside = document) => inside.querySelector(selector);
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const question = (name) => find(`[data-question="${name}"]`);

  /* --- conditions ------------------------------------------------------------------------------------------- */

  const plainDigits = (text) => text.trim().replace(/\u2212/g, "-").replace(/[\u066b,]/g, ".")
    .replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (one) => String((one.codePointAt(0) & 15)));

  function valueOf(control) {
    const raw = control.value;
    if (control.type === "radio" || control.type === "checkbox") {
      if (!control.checked) return null;
      if (control.closest(".scaled")) return { plain: raw, text: "", number: Number(raw) };
      const other = raw === "other" && find(`[name="${control.name}.other"]`);
      return { plain: raw, text: (other && other.value.trim()) || raw };
    }
    if (!raw.trim()) return null;
    if (control.type === "date") return { plain: raw, text: "", day: raw };
    if (control.classList.contains("number")) {
      const plain = plainDigits(raw);
      const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(plain) ? Number(Number(plain).toFixed(6)) : NaN;
      return Number.isFinite(number) ? { plain: String(number), text: "", number } : null;
    }
    const text = control.tagName === "TEXTAREA" ? raw.trim() : raw.trim().replace(/\s+/g, " ");
    return { plain: text, text };
  }

  function valuesOf(name) {
    const asked = question(name);
    if (!asked || asked.hidden) return [];
    if (asked.hasAttribute("data-ranking")) {
      const places = all("select", asked);
      if (places.some((one) => !one.value)) return [];
      return places.map((one) => one.name.slice(name.length + 1)).map((plain) => ({ plain, text: plain }));
    }
    return all("input:not(.other), textarea", asked).map(valueOf).filter(Boolean);
  }

  function holds(condition) {
    if (typeof condition === "boolean") return condition;
    const [name, test, raw] = condition;
    const values = valuesOf(name);
    if (test === "not_answered") return !values.length;
    if (!values.length) return test === "is_not";
    const wanted = raw.toLowerCase();
    const has = values.some((one) => one.plain.toLowerCase() === wanted);
    if (test === "is") return has;
    if (test === "is_not") return !has;
    if (test === "contains") return values.some((one) => one.text.toLowerCase().includes(wanted));
    if (test === "answered") return true;
    const { day, number } = values[0];
    const [mine, limit] = day === undefined ? [number, Number(raw)] : [day, raw];
    return mine !== undefined && (test === "at_least" ? mine >= limit : mine <= limit);
  }

  function applyRules() {
    const rules = find("#form-rules");
    for (const rule of rules ? JSON.parse(rules.textContent) : []) {
      const asked = question(rule.question);
      if (asked) asked.hidden = !(rule.any ? rule.of.some(holds) : rule.of.every(holds));
    }
    for (const other of all("input.other")) {
      const choice = find('[value="other"]', other.closest("fieldset"));
      other.hidden = other.disabled = !choice.checked;
    }
  }

  /* --- an order: dragged, or moved by buttons ------------------------------------------------------------------ */

  const ARROWS = { up: "M6 15l6-6 6 6", down: "M6 9l6 6 6-6" };

  function arrow(way, label) {
    const button = document.createElement("button");
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", ARROWS[way]);
    drawing.setAttribute("viewBox", "0 0 24 24");
    drawing.setAttribute("aria-hidden", "true");
    drawing.append(path);
    button.type = "button";
    button.setAttribute("aria-label", `${words[way]}: ${label}`);
    button.append(drawing);
    return button;
  }

  function makeOrder(asked) {
    const list = find(".ranks", asked);
    const said = document.createElement("p");
    said.className = "visually-hidden";
    said.setAttribute("role", "status");
    list.after(said);
    const move = (row, place) => {
      const rows = all(".rank", list).filter((one) => one !== row);
      rows.splice(Math.max(0, Math.min(place, rows.length)), 0, row);
      const focused = document.activeElement;
      list.append(...rows);
      rows.forEach((one, index) => { find("select", one).value = String(index + 1); });
      if (list.contains(focused)) focused.focus();
      all(".rank", list).forEach((one) => one.classList.toggle("is-new", one === row));
      said.textContent = `${find("label", row).textContent}: ${rows.indexOf(row) + 1}`;
      changed({ target: row });
    };
    const rows = all(".rank", list);
    const place = (row) => Number(find("select", row).value) || Infinity;
    if (rows.some((row) => place(row) < Infinity)) list.append(...[...rows].sort((a, b) => place(a) - place(b)));
    for (const row of rows) {
      const label = find("label", row).textContent;
      const [up, down] = ["up", "down"].map((way) => arrow(way, label));
      const at = () => all(".rank", list).indexOf(row);
      up.addEventListener("click", () => move(row, at() - 1));
      down.addEventListener("click", () => move(row, at() + 1));
      find("select", row).addEventListener("change", (event) => {
        if (event.target.value) move(row, Number(event.target.value) - 1);
      });
      row.append(up, down);
      row.draggable = true;
      row.addEventListener("dragstart", (event) => {
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", "");
        row.classList.add("is-held");
      });
      row.addEventListener("dragend", () => row.classList.remove("is-held"));
      row.addEventListener("dragover", (event) => { if (find(".is-held", list)) event.preventDefault(); });
      row.addEventListener("drop", (event) => {
        event.preventDefault();
        const held = find(".is-held", list);
        if (held) move(held, at());
      });
    }
  }

  /* --- what is written is kept ---------------------------------------------------------------------------------- */

  function storage(kind) {
    try {
      return window[kind];
    } catch {
      return null; // switched off by the browser
    }
  }

  function tried(act) {
    try {
      return act();
    } catch {
      return null; // full, or switched off: then nothing is kept
    }
  }

  const fields = () => [...new FormData(form)].filter(([name, value]) => !OURS.has(name) && typeof value === "string");
  const written = () => fields().filter(([, value]) => value.trim());
  const token = () => find('[name="token"]', form);

  function keep(isOnItsWay = false) {
    const kept = { at: Date.now(), fields: written(), seen: seen() };
    if (isOnItsWay) kept.token = token().value;
    if (store) tried(() => (kept.fields.length ? store.setItem(key, JSON.stringify(kept)) : store.removeItem(key)));
    if (store && kept.fields.length && !find(".how-kept")) {
      const how = document.createElement("p");
      how.className = "how-kept";
      how.textContent = words.kept;
      find(".actions").after(how);
    }
  }

  function forget() {
    clearTimeout(saving);
    if (store) tried(() => store.removeItem(key));
    isDirty = false;
  }

  function restore() {
    const kept = store && tried(() => JSON.parse(store.getItem(key)));
    if (!kept || Date.now() - kept.at > KEPT_FOR) return forget();
    for (const name of new Set(kept.fields.map(([one]) => one))) {
      fill(name, kept.fields.filter(([one]) => one === name).map(([, value]) => value));
    }
    if (kept.token) token().value = kept.token;
    readSeen(kept.seen || "");
    for (const one of all("details")) if (all("input", one).some((input) => input.value)) one.open = true;
    const again = document.createElement("button");
    again.type = "button";
    again.textContent = words.discard;
    again.addEventListener("click", () => { forget(); location.reload(); });
    tell(words.restored, false, again);
    isDirty = true;
  }

  function fill(name, values) {
    const controls = [...document.getElementsByName(name)].filter((one) => one.type !== "hidden");
    if (!controls.length) { // of another page: handed on from page to page as the server does
      for (const value of values) {
        const carried = document.createElement("input");
        Object.assign(carried, { type: "hidden", name, value });
        find(".kept").after(carried);
      }
    }
    for (const one of controls) {
      if (one.type === "radio" || one.type === "checkbox") one.checked = values.includes(one.value);
      else if (one.type !== "file") one.value = values[0];
    }
  }

  /* --- sending --------------------------------------------------------------------------------------------------- */

  function tell(text, isUrgent = false, ...more) {
    box.replaceChildren(...(text ? [text] : []), ...more);
    box.classList.toggle("is-urgent", isUrgent);
  }

  function busy(isSo) {
    isBusy = isSo;
    for (const one of all('button[type="submit"]')) one.setAttribute("aria-disabled", String(isSo));
  }

  async function send(go) {
    if (isBusy) return;
    busy(true);
    clearTimeout(timer);
    waiting = "";
    keep(go === "on");
    const data = new FormData(form);
    const body = find('input[type="file"]') ? data : new URLSearchParams(data);
    body.set("go", go);
    body.set("seen", seen());
    const slow = setTimeout(() => tell(words.sending), 600);
    try {
      const answer = await fetch(form.getAttribute("action"), { method: "POST", body });
      if (answer.status >= 500 || answer.status === 429) return later(go, Number(answer.headers.get("Retry-After")));
      if (answer.redirected) return done(answer.url);
      show(await answer.text(), go);
    } catch {
      later(go, 0);
    } finally {
      clearTimeout(slow);
      busy(false);
    }
  }

  function later(go, wait) {
    tell(words.offline, true);
    timer = setTimeout(() => send(go), 1000 * Math.max(Math.min(wait || 0, 60), WAITS[Math.min(tries++, WAITS.length - 1)]));
    waiting = go;
  }

  function done(url) {
    forget();
    seconds.clear();
    location.assign(url);
  }

  function show(html, go) {
    const next = new DOMParser().parseFromString(html, "text/html");
    const before = Number(form.getAttribute("data-page"));
    for (const name of ["lang", "dir"]) document.documentElement.setAttribute(name, next.documentElement.getAttribute(name));
    document.title = next.title;
    document.body.replaceChildren(...next.body.childNodes);
    start(false);
    const page = form ? Number(form.getAttribute("data-page")) : before;
    if (page > before && go === "on" && history.state?.page !== page) history.pushState({ page }, "");
    else history.replaceState({ page }, "");
    if (!go.startsWith("lang.")) focusOn(find(".error-summary") || find("h1"));
  }

  function focusOn(target) {
    if (!target) return;
    target.tabIndex = -1;
    target.focus();
    target.scrollIntoView({ block: "nearest" });
  }

  /* --- how long, and how far --------------------------------------------------------------------------------------- */

  function tick(target) {
    const now = Date.now() / 1000;
    if (clock && now - clock.since < PAUSE) seconds.set(clock.name, (seconds.get(clock.name) || 0) + now - clock.since);
    const name = target?.closest?.("[data-question]")?.getAttribute("data-question");
    if (name && !seconds.has(name)) seconds.set(name, 0);
    clock = name && { name, since: now };
  }

  const seen = () => [...seconds].map(([name, spent]) => `${name}:${Math.round(spent)}`).join(",");

  function readSeen(told) {
    for (const part of told.split(",")) {
      const [name, spent] = part.split(":");
      if (spent) seconds.set(name, (seconds.get(name) || 0) + Number(spent));
    }
  }

  /* --- all of it ------------------------------------------------------------------------------------------------------ */

  function changed(event) {
    tick(event.target);
    const other = event.target.classList?.contains("other") && find('[value="other"]', event.target.closest("fieldset"));
    if (other && event.target.value) other.checked = true;
    applyRules();
    if (!form.hasAttribute("data-form")) return; // a preview
    isDirty = written().length > 0;
    clearTimeout(saving);
    saving = setTimeout(keep, 250);
  }

  function submitted(event) {
    event.preventDefault();
    tick(null);
    const go = event.submitter?.value || "on";
    if (go === "back" && history.state?.page > 0 && history.state.page === Number(form.getAttribute("data-page"))) history.back();
    else send(go);
  }

  /** Begin with the page as it is; `isFirst`: as it was loaded, not as it came in answer to a sending. */
  function start(isFirst) {
    form = document.getElementById("the.form");
    if (!form) return;
    words = document.getElementById("form-words").dataset;
    box = find(".kept");
    [isBusy, tries, waiting] = [false, 0, ""];
    clearTimeout(timer);
    if (form.hasAttribute("data-form")) startKeeping(isFirst);
    all("[data-ranking]").forEach(makeOrder);
    applyRules();
    form.addEventListener("input", changed);
    form.addEventListener("change", changed);
  }

  function startKeeping(isFirst) {
    const link = find('input[type="hidden"][name="link"]', form);
    store = storage(link || form.hasAttribute("data-anonymous") ? "sessionStorage" : "localStorage");
    key = PREFIX + form.getAttribute("data-form");
    const isAnswer = find(".error-summary") || find('[name="go"][value="back"]', form);
    if (isFirst && !isAnswer) restore();
    form.addEventListener("focusin", (event) => tick(event.target));
    form.addEventListener("submit", submitted);
    if (isFirst) {
      history.replaceState({ page: Number(form.getAttribute("data-page")) }, "");
      focusOn(find(".error-summary"));
    }
  }

  function clearSent(slug) {
    for (const one of [storage("localStorage"), storage("sessionStorage")]) {
      const kept = one && tried(() => JSON.parse(one.getItem(PREFIX + slug)));
      if (kept?.token) tried(() => one.removeItem(PREFIX + slug));
    }
  }

  window.addEventListener("popstate", (event) => {
    const page = event.state?.page;
    if (!form || page === undefined) return;
    const here = Number(form.getAttribute("data-page"));
    if (page !== here) send(page < here ? "back" : "on");
  });
  window.addEventListener("online", () => { if (waiting) send(waiting); });
  window.addEventListener("beforeunload", (event) => {
    if (form && isDirty) event.preventDefault();
  });
  window.addEventListener("pagehide", () => {
    tick(null);
    if (!form || !isDirty) return;
    keep();
    const body = new URLSearchParams({ token: token().value, seen: seen() });
    navigator.sendBeacon?.(`${form.getAttribute("action")}seen/`, body);
  });
  document.addEventListener("visibilitychange", () => tick(null));

  const sent = find("[data-sent]");
  if (sent) clearSent(sent.getAttribute("data-sent"));
  start(true);
})();
