/* The live page of a session. What is written waits on this device under its own key until the server has it: sent in
   order, and by that key never kept twice. Others' notes are asked for with an ETag. Without scripts the same form posts.
   For running-tasks.js: window.liveSession = { send, now, onAnswer, onTold }. */
(() => {
  "use strict";
  const root = document.getElementById("live");
  if (!root) return;
  const words = JSON.parse(document.getElementById("live-words").textContent);
  const tagWords = JSON.parse(document.getElementById("live-tag-words").textContent);
  const form = document.getElementById("live-composer");
  const field = (name) => form.elements.namedItem(name);
  const [text, speaker, quote, need, tags] = ["text", "speaker", "is_quote", "is_need", "tags"].map(field);
  const list = document.getElementById("live-notes");
  const waiting = document.getElementById("live-waiting");
  const status = document.getElementById("live-status");
  const csrf = field("csrfmiddlewaretoken").value;
  const POLL_MS = 2000;
  const NAMES = ["text", "speaker", "is_quote", "is_need", "tags", "task", "problem"];
  const handlers = {}; // kind -> what to do with an answer to it
  const told = []; // who wants to hear what the server told

  // --- the clock: the server's, as near as the quickest answer tells --------------------------------------------

  let offset = Number(root.dataset.now) - Date.now();
  let quickest = Infinity;
  const now = () => Math.round(Date.now() + offset);

  function learnTime(answer, asked) {
    const theirs = Number(answer.headers.get("X-Server-Time"));
    const took = Date.now() - asked;
    if (!theirs || took > quickest * 1.5 + 20) return;
    quickest = Math.min(quickest, took);
    offset = theirs - (asked + took / 2);
  }

  // --- what waits on this device ----------------------------------------------------------------------------------

  const prefix = `live-notes:${root.dataset.person}:${root.dataset.session}:`;
  const memory = new Map(); // where the browser keeps nothing
  const held = new Set(); // being changed just now: not sent meanwhile

  const newKey = () =>
    crypto.randomUUID
      ? crypto.randomUUID()
      : "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (c) =>
          (+c ^ (crypto.getRandomValues(new Uint8Array(1))[0] & (15 >> (+c / 4)))).toString(16));

  function keep(item) {
    try {
      localStorage.setItem(item.place, JSON.stringify(item));
      memory.delete(item.place);
    } catch {
      memory.set(item.place, item);
    }
  }

  function forget(item) {
    memory.delete(item.place);
    try {
      localStorage.removeItem(item.place);
    } catch { /* it keeps nothing */ }
  }

  function kept() {
    const found = [...memory.values()];
    try {
      for (const key of Object.keys(localStorage)) {
        if (key.startsWith(`${prefix}queue:`)) found.push(JSON.parse(localStorage.getItem(key)));
      }
    } catch { /* it keeps nothing */ }
    return found.sort((one, other) => (one.place < other.place ? -1 : 1));
  }

  let count = 0;
  /* Put something to be sent: {kind, url, fields, said}. One with the ``place`` of another takes its place. */
  function send(item) {
    count += 1;
    item.place ||= `${prefix}queue:${String(Date.now()).padStart(15, "0")}:${String(count).padStart(5, "0")}:${newKey()}`;
    item.version = newKey();
    delete item.error;
    keep(item);
    drawWaiting();
    flush();
    return item;
  }

  // --- sending ------------------------------------------------------------------------------------------------------

  let trouble = ""; // "offline", "signed_out", "closed_to_you"
  let isSending = false;

  async function flush() {
    if (isSending) return;
    isSending = true;
    try {
      for (;;) {
        const item = kept().find((one) => !one.error && !held.has(one.place));
        if (!item || !(await post(item))) break;
        drawWaiting();
      }
    } finally {
      isSending = false;
      drawWaiting();
    }
  }

  /* Return whether the server said something of it, good or bad; false: it stays and is tried again. */
  async function post(item) {
    let answer;
    try {
      answer = await fetch(item.url, {
        method: "POST",
        body: new URLSearchParams(item.fields),
        headers: { Accept: "application/json", "X-CSRFToken": csrf },
        credentials: "same-origin",
        redirect: "manual",
      });
    } catch {
      return later("offline");
    }
    if (answer.type === "opaqueredirect" || answer.status === 401) return later("signed_out");
    if (answer.status === 403 || answer.status === 404) return later("closed_to_you");
    if (answer.status >= 500 || answer.status === 429) return later("offline");
    let data;
    try {
      data = await answer.json();
    } catch {
      data = { error: words.refused };
    }
    trouble = "";
    if (answer.ok) done(item, data);
    else refuse(item, data);
    return true;
  }

  function later(why) {
    trouble = why;
    return false;
  }

  function done(item, data) {
    const latest = kept().find((one) => one.place === item.place);
    const isNewer = latest && latest.version !== item.version; // changed while it was on its way
    if (isNewer && data.run) keep({ ...latest, fields: { ...latest.fields, revision: data.run.revision } });
    else forget(item);
    if (data.note) place(data.note);
    if (data.deleted) list.querySelector(`#note-${data.deleted}`)?.remove();
    if (data.said && window.toast) window.toast(data.said, { level: "success", undo: data.undo || "" });
    const wasChanged = item.kind === "note" && data.note && (item.isChanged || isNewer);
    if (wasChanged) {
      const change = { ...(isNewer ? latest : item).fields, revision: data.note.revision };
      send({ kind: "change", url: `${root.dataset.url}${data.note.id}/`, fields: change });
    }
    handlers[item.kind]?.(item, data, true);
  }

  function refuse(item, data) {
    if (handlers[item.kind]?.(item, data, false)) {
      forget(item);
      return;
    }
    item.error = data.error || words.refused;
    if (data.theirs) {
      item.theirs = data.theirs.text;
      item.fields.revision = data.theirs.revision;
    }
    keep(item);
  }

  // --- what waits, seen ------------------------------------------------------------------------------------------

  function part(tag, className, content) {
    const made = document.createElement(tag);
    made.className = className;
    if (content) made.textContent = content;
    return made;
  }

  function button(label, act) {
    const made = part("button", "link-button small", label);
    made.type = "button";
    made.addEventListener("click", act);
    return made;
  }

  function drawItem(item) {
    const line = part("li", "live-note is-waiting");
    const head = part("div", "live-note-head");
    if (item.fields.at) head.append(part("time", "", new Date(Number(item.fields.at) - offset).toLocaleTimeString()));
    head.append(part("span", `badge ${item.error ? "badge-bad" : "badge-warn"}`, item.error ? words.refused : words.waiting));
    line.append(head);
    const said = part("p", "live-note-text", item.fields.text || item.said);
    said.dir = "auto";
    line.append(said);
    if (item.error) line.append(part("p", "error-text", item.error));
    if (item.theirs) line.append(part("p", "quiet", words.stands), part("blockquote", "live-note-text", item.theirs));
    const foot = part("div", "live-note-foot");
    if (item.kind === "note" || item.kind === "change") foot.append(button(words.edit, () => editItem(item)));
    if (item.error) foot.append(button(words.discard, () => { forget(item); drawWaiting(); }));
    line.append(foot);
    return line;
  }

  function drawWaiting() {
    const items = kept();
    waiting.replaceChildren(...items.reverse().map(drawItem));
    waiting.hidden = !items.length;
    const unsent = items.filter((item) => !item.error).length;
    const key = trouble && (unsent || trouble !== "offline") ? trouble : memory.size ? "fragile" : items.length ? "sending" : trouble || "saved";
    const sentence = words[key].replace("{count}", items.length);
    if (status.textContent !== sentence) status.textContent = sentence;
    status.dataset.tone = key === "saved" ? "" : "warn";
  }

  window.addEventListener("beforeunload", (event) => {
    if (memory.size) event.preventDefault();
  });

  // --- notes of everybody ---------------------------------------------------------------------------------------

  let newest = Number(root.dataset.newest);
  let etag = "";

  function place(note) {
    const box = document.createElement("template");
    box.innerHTML = note.html; // made by the server's template, which escapes
    const fresh = box.content.firstElementChild;
    fresh.dataset.ms = note.at;
    fresh.dataset.number = note.number;
    const old = list.querySelector(`#note-${note.id}`);
    if (old && Number(old.dataset.number || 0) > note.number) return;
    old?.remove();
    const moment = (line) => Number(line.dataset.ms || Number(line.dataset.at) * 1000);
    const before = [...list.children].find((line) => moment(line) <= note.at);
    list.insertBefore(fresh, before || null);
    markEdited();
  }

  function hear(data) {
    const isWhole = newest === 0;
    if (isWhole) {
      const there = new Set(data.notes.map((note) => `note-${note.id}`));
      for (const line of [...list.children]) if (!there.has(line.id)) line.remove();
    }
    for (const note of data.notes) place(note);
    for (const id of data.deleted) list.querySelector(`#note-${id}`)?.remove();
    newest = Math.max(newest, data.newest);
    hearSpeakers(data.speakers);
    for (const listener of told) listener(data);
    const hidden = [...list.querySelectorAll("[data-hidden]")].map((line) => Number(line.dataset.note)).sort((a, b) => a - b);
    if (!isWhole && hidden.join() !== data.hidden.join()) {
      newest = 0; // a consent changed no note, but what may be read of them: read all again
      etag = "";
      return true;
    }
    return false;
  }

  async function poll() {
    const asked = Date.now();
    const headers = { Accept: "application/json" };
    if (etag) headers["If-None-Match"] = etag;
    let answer;
    try {
      answer = await fetch(`${root.dataset.url}?since=${newest}`, { headers, credentials: "same-origin", redirect: "manual", cache: "no-store" });
    } catch {
      return later("offline");
    }
    if (answer.type === "opaqueredirect" || answer.status === 401) return later("signed_out");
    if (answer.status === 403 || answer.status === 404) return later("closed_to_you");
    if (answer.status !== 200 && answer.status !== 304) return later("offline");
    learnTime(answer, asked);
    trouble = "";
    if (answer.status === 200) {
      etag = answer.headers.get("ETag");
      const before = newest;
      const again = hear(await answer.json());
      if (newest !== before) etag = ""; // asked for other notes next time
      if (again) return poll();
    }
    return true;
  }

  let wait = POLL_MS;
  let timer = 0;
  async function tick() {
    window.clearTimeout(timer);
    const isThere = await poll();
    wait = isThere ? POLL_MS : Math.min(wait * 1.5, 15000);
    if (isThere) await flush();
    drawWaiting();
    window.clearTimeout(timer);
    timer = window.setTimeout(tick, document.hidden ? Math.max(wait, 15000) : wait);
  }
  window.addEventListener("online", tick);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) tick(); });

  // --- who speaks ----------------------------------------------------------------------------------------------

  let mayQuote = new Map();
  let known = "";

  function hearSpeakers(people) {
    mayQuote = new Map(people.map((one) => [String(one.id), one]));
    const signature = people.map((one) => `${one.id} ${one.name}`).join("\n");
    if (known && known !== signature) {
      const chosen = speaker.value;
      speaker.replaceChildren(new Option(words.nobody, ""), ...people.map((one) => new Option(one.name, one.id)));
      speaker.value = mayQuote.has(chosen) ? chosen : "";
      document.getElementById("live-speakers").replaceChildren(...people.map((one, index) => {
        const line = document.createElement("li");
        if (index < 9) line.append(part("kbd", "", `Alt ${index + 1}`));
        line.append(part("span", "", one.name));
        return line;
      }));
    }
    known = signature;
    warn();
  }

  const warning = document.getElementById("live-warning");
  function warn(sentence = "") {
    const one = quote.checked ? mayQuote.get(speaker.value) : null;
    const said = sentence || (one && !one.may_quote ? words.no_consent.replace("{name}", one.name) : "");
    if (warning.textContent !== said) warning.textContent = said;
  }

  // --- writing -------------------------------------------------------------------------------------------------

  let editing = null; // {item} that waits, or {id, revision} of a note that is kept
  let began = 0; // when the first character of this note was typed
  const editingNotice = document.getElementById("live-editing");
  const cancel = document.getElementById("live-cancel");

  function read() {
    const fields = {};
    for (const name of NAMES) {
      const control = field(name);
      if (control) fields[name] = control.type === "checkbox" ? (control.checked ? "on" : "") : control.value;
    }
    for (const name of ["is_quote", "is_need"]) if (!fields[name]) delete fields[name];
    return fields;
  }

  function write(values) {
    for (const name of NAMES) {
      const control = field(name);
      if (!control) continue;
      if (control.type === "checkbox") control.checked = Boolean(values[name]);
      else control.value = values[name] ?? "";
    }
    warn();
  }

  function clear() {
    write({ speaker: speaker.value, task: field("task")?.value });
    began = 0;
    draft("");
  }

  function stopEditing() {
    if (!editing) return;
    if (editing.item) held.delete(editing.item.place);
    editing = null;
    showEditing();
    clear();
    flush();
  }

  function showEditing() {
    editingNotice.hidden = cancel.hidden = !editing;
    editingNotice.textContent = editing ? words.editing : "";
    markEdited();
  }

  function markEdited() {
    for (const line of list.querySelectorAll(".is-edited")) line.classList.remove("is-edited");
    if (editing?.id) list.querySelector(`#note-${editing.id}`)?.classList.add("is-edited");
  }

  function startEditing(what, values) {
    if (!editing && text.value.trim() && !isDraftOf(values)) submit(); // what was being written is not lost
    if (editing?.item) held.delete(editing.item.place);
    editing = what;
    if (what.item) held.add(what.item.place);
    write(values);
    showEditing();
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  }

  const isDraftOf = (values) => text.value === values.text;
  const editItem = (item) => startEditing({ item }, { ...item.fields });

  function editLine(line) {
    const values = JSON.parse(line.dataset.values);
    startEditing({ id: Number(line.dataset.note), revision: values.revision }, values);
  }

  function editLast() {
    const last = kept().filter((item) => item.kind === "note").pop();
    const line = list.querySelector("[data-mine][data-values]");
    if (last) editItem(last);
    else if (line) editLine(line);
  }

  function submit() {
    const fields = read();
    const problem = !fields.text.trim() ? words.write_first : fields.is_quote && !fields.speaker ? words.speaker_first : "";
    if (problem) {
      warn(problem);
      (fields.text.trim() ? speaker : text).focus();
      return;
    }
    if (editing?.item) changeItem(editing.item, fields);
    else if (editing) send({ kind: "change", url: `${root.dataset.url}${editing.id}/`, fields: { ...fields, revision: editing.revision } });
    else send({ kind: "note", url: root.dataset.url, fields: { ...fields, client_key: newKey(), at: began || now() } });
    editing = null;
    showEditing();
    clear();
    text.focus();
  }

  /* A note that still waits is changed where it waits: what was sent of it already is changed after its answer. */
  function changeItem(item, fields) {
    held.delete(item.place);
    const { client_key, at, revision } = item.fields;
    send({ ...item, isChanged: true, theirs: undefined, fields: { ...fields, ...(client_key ? { client_key, at } : { revision }) } });
  }

  // --- a draft survives a reload, in this tab alone -----------------------------------------------------------------

  function draft(value) {
    try {
      if (value) sessionStorage.setItem(`${prefix}draft`, value);
      else sessionStorage.removeItem(`${prefix}draft`);
    } catch { /* it keeps nothing */ }
  }

  function restoreDraft() {
    try {
      const values = JSON.parse(sessionStorage.getItem(`${prefix}draft`) || "null");
      if (values && !text.value) write(values);
    } catch { /* nothing to restore */ }
  }

  // --- keys ----------------------------------------------------------------------------------------------------

  function onText(event) {
    const isEmpty = !text.value;
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      submit();
    } else if (event.key === "/" && isEmpty) {
      event.preventDefault();
      tags.focus();
    } else if (event.key === "ArrowUp" && isEmpty && !editing) {
      event.preventDefault();
      editLast();
    }
  }

  function onAlt(event) {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.getModifierState("AltGraph")) return;
    const digit = /^(?:Digit|Numpad)(\d)$/.exec(event.code);
    if (digit) {
      if (Number(digit[1]) >= speaker.options.length) return;
      speaker.selectedIndex = Number(digit[1]);
    } else if (event.code === "KeyQ") quote.checked = !quote.checked;
    else if (event.code === "KeyN") need.checked = !need.checked;
    else return;
    event.preventDefault();
    warn();
    if (!form.contains(document.activeElement)) text.focus();
  }

  document.addEventListener("keydown", onAlt);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input, textarea, select, dialog")) {
      event.preventDefault();
      tags.focus();
    } else if (event.key === "Escape" && editing && !event.target.closest("dialog")) stopEditing();
  });
  text.addEventListener("keydown", onText);
  text.addEventListener("input", () => {
    if (!editing && text.value && !began) began = now();
    if (!text.value) began = 0;
    if (!editing) draft(text.value ? JSON.stringify(read()) : "");
    warn();
  });
  form.addEventListener("change", () => warn());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  cancel.addEventListener("click", stopEditing);

  list.addEventListener("click", (event) => {
    const link = event.target.closest("[data-edit]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    editLine(link.closest("[data-values]"));
  });
  list.addEventListener("submit", (event) => {
    const box = event.target.closest("form[data-delete]");
    if (!box) return;
    event.preventDefault();
    const line = box.closest("[data-note]");
    send({ kind: "delete", url: box.getAttribute("action"), fields: {}, said: line.querySelector(".live-note-text").textContent });
    text.focus();
  });

  // --- tags: a suggestion for the word after the last comma -------------------------------------------------------

  const options = document.getElementById("live-tag-list");
  let active = -1;
  tags.setAttribute("role", "combobox");
  tags.setAttribute("aria-controls", options.id);
  tags.setAttribute("aria-expanded", "false");

  const typed = () => tags.value.slice(tags.value.lastIndexOf(",") + 1).trim().toLowerCase();

  function suggest() {
    const word = typed();
    const found = word ? tagWords.filter((tag) => tag.toLowerCase().includes(word) && tag.toLowerCase() !== word) : [];
    const starts = (tag) => (tag.toLowerCase().startsWith(word) ? 0 : 1);
    const shown = found.sort((one, other) => starts(one) - starts(other)).slice(0, 8);
    options.replaceChildren(...shown.map((tag, index) => {
      const line = part("li", "", tag);
      line.id = `live-tag-${index}`;
      line.setAttribute("role", "option");
      line.addEventListener("mousedown", (event) => {
        event.preventDefault();
        take(tag);
      });
      return line;
    }));
    choose(shown.length ? 0 : -1);
    options.hidden = !shown.length;
    tags.setAttribute("aria-expanded", String(shown.length > 0));
  }

  function choose(index) {
    active = index;
    [...options.children].forEach((line, at) => line.setAttribute("aria-selected", String(at === index)));
    if (index >= 0) tags.setAttribute("aria-activedescendant", `live-tag-${index}`);
    else tags.removeAttribute("aria-activedescendant");
  }

  function take(tag) {
    const kept = tags.value.slice(0, tags.value.lastIndexOf(",") + 1);
    tags.value = `${kept}${kept ? " " : ""}${tag}`;
    suggest();
  }

  tags.addEventListener("input", suggest);
  tags.addEventListener("blur", () => { options.hidden = true; });
  tags.addEventListener("keydown", (event) => {
    const many = options.hidden ? 0 : options.children.length;
    if (event.key === "Enter") {
      event.preventDefault();
      if (many && active >= 0) take(options.children[active].textContent);
      else text.focus();
    } else if (many && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      choose((active + (event.key === "ArrowDown" ? 1 : many - 1)) % many);
    } else if (event.key === "Escape" && many) {
      event.stopPropagation();
      options.hidden = true;
    }
  });

  // --- begin ---------------------------------------------------------------------------------------------------

  const elapsed = document.getElementById("live-elapsed");
  function showElapsed() {
    const seconds = Math.max(0, Math.floor(now() / 1000 - Number(elapsed.dataset.started)));
    const pad = (number) => String(number).padStart(2, "0");
    const hours = Math.floor(seconds / 3600);
    elapsed.textContent = `${hours ? `${hours}:` : ""}${hours ? pad(Math.floor((seconds % 3600) / 60)) : Math.floor(seconds / 60)}:${pad(seconds % 60)}`;
  }
  if (elapsed) {
    showElapsed();
    window.setInterval(showElapsed, 1000);
  }

  window.liveSession = {
    send,
    now,
    newKey,
    words,
    csrf,
    kept,
    onAnswer: (kind, act) => { handlers[kind] = act; },
    onTold: (listener) => told.push(listener),
  };
  restoreDraft();
  drawWaiting();
  if (!document.querySelector("[data-focus]")) text.focus();
  tick();
})();
