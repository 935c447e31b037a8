/* A phone in a workshop: renews its part of the page every few seconds (304 while nothing changed), and sends what is
   given from a queue that outlives a lost network and a closed page. Each thing sent has a key of its own, so sending
   it again is harmless. Without this script the page's forms do the same, one page at a time. */
(() => {
  "use strict";
  const page = document.getElementById("workshop-phone");
  if (!page || !window.fetch || !window.crypto) return;
  const words = page.dataset;
  const prefix = `workshop:${words.code}:`;
  const LONGEST_MS = 15000;
  let store;
  try {
    store = window.localStorage; // asking for it alone may be refused
    store.setItem(`${prefix}try`, "1");
    store.removeItem(`${prefix}try`);
  } catch {
    const kept = new Map(); // a browser that keeps nothing: as long as the page is open
    store = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value), removeItem: (name) => kept.delete(name), names: () => [...kept.keys()] };
  }
  let key = "known" in words ? words.key : store.getItem(`${prefix}key`) || words.key;
  let etag = "";
  let endsAt = null;
  let isSending = false;
  let wait = 0;

  function makeKey() {
    if (crypto.randomUUID) return crypto.randomUUID();
    const bytes = crypto.getRandomValues(new Uint8Array(16)); // an address without TLS has no randomUUID
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  function say(text) {
    document.getElementById("phone-says").textContent = text;
  }

  /* --- the queue: one entry each, so that two tabs do not write over each other's --- */
  function waiting() {
    const names = store.names ? store.names() : Object.keys(store);
    const found = names.filter((name) => name.startsWith(`${prefix}send:`));
    return found.map((name) => ({ name, ...JSON.parse(store.getItem(name)) })).sort((a, b) => a.at - b.at);
  }

  function showWaiting() {
    const count = waiting().length;
    const line = document.getElementById("phone-waiting");
    line.hidden = count === 0 || wait === 0;
    line.textContent = line.hidden ? "" : `${words.waiting}: ${count}`;
  }

  function enqueue(fields) {
    const clientKey = fields.client_key || makeKey();
    store.setItem(`${prefix}send:${fields.do}:${clientKey}`, JSON.stringify({ at: Date.now(), fields: { ...fields, client_key: clientKey } }));
    flush();
  }

  async function ask(url, options) {
    const stop = new AbortController();
    const timer = window.setTimeout(() => stop.abort(), LONGEST_MS);
    try {
      return await fetch(url, { ...options, signal: stop.signal, cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer" });
    } finally {
      window.clearTimeout(timer);
    }
  }

  function post(fields) {
    return ask(words.action, { method: "POST", headers: { Accept: "application/json" }, body: new URLSearchParams({ ...fields, phone: key }) });
  }

  function later(seconds) {
    wait = Math.min(Math.max(wait * 2, 1000 * seconds, 1000), LONGEST_MS);
    showWaiting();
    window.setTimeout(flush, wait * (0.75 + Math.random() / 2));
  }

  async function flush() {
    if (isSending) return;
    isSending = true;
    try {
      for (let next = waiting()[0]; next; next = waiting()[0]) {
        const answer = await post(next.fields);
        if (answer.status === 429 || answer.status >= 500) return later(Number(answer.headers.get("Retry-After")) || 2);
        const told = await answer.json().catch(() => ({}));
        store.removeItem(next.name);
        wait = 0;
        if (answer.ok) settle(next.fields, told);
        else refuse(next.fields, told.error);
      }
      wait = 0;
      showWaiting();
    } catch {
      later(1); // no network: what waits stays where it is
    } finally {
      isSending = false;
    }
  }

  function settle(fields, told) {
    const own = new DOMParser().parseFromString(told.own || "", "text/html").getElementById("own");
    const here = document.getElementById("own");
    if (own && here) here.replaceWith(own);
    if (fields.do !== "join") say(words.sent);
    countOwn();
  }

  function refuse(fields, reason) {
    const box = document.getElementById("phone-unsent");
    const line = document.createElement("li");
    line.dir = "auto";
    line.textContent = [reason, fields.text].filter(Boolean).join(" – ");
    box.querySelector("ul").replaceChildren(...[...box.querySelectorAll("li")].slice(-4), line);
    box.hidden = false;
    say(line.textContent);
    etag = ""; // whatever was thought to hold does not: ask for everything
  }

  /* --- what is shown --- */
  function countOwn() {
    for (const place of page.querySelectorAll("[data-count]")) {
      const dots = page.querySelectorAll(`#own [data-target="${place.dataset.count}"]`).length;
      place.textContent = "●".repeat(dots);
    }
    const left = page.querySelector("[data-votes-left]");
    const none = left !== null && left.dataset.votesLeft === "0";
    for (const button of page.querySelectorAll('[data-send="vote"] button')) button.disabled = none;
  }

  function startTimer() {
    const timer = page.querySelector("[data-left]");
    endsAt = timer ? performance.now() + 1000 * Number(timer.dataset.left) : null;
    showTimer();
  }

  function showTimer() {
    const timer = page.querySelector("[data-left]");
    if (!timer || endsAt === null) return;
    const left = Math.max(0, Math.round((endsAt - performance.now()) / 1000));
    timer.textContent = left ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : words.up;
    timer.classList.toggle("is-up", left === 0);
  }

  function show(html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById("phone");
    const here = document.getElementById("phone");
    if (!fresh) return;
    const field = document.getElementById("idea");
    const typed = field ? field.value : "";
    const isTyping = field !== null && document.activeElement === field;
    const news = fresh.dataset.phase !== here.dataset.phase;
    here.replaceWith(fresh);
    const again = document.getElementById("idea");
    if (again) {
      again.value = typed;
      if (isTyping) again.focus({ preventScroll: true });
    } else if (typed.trim()) refuse({ text: typed.trim() }, words.draft); // nobody's half words are sent for them
    startTimer();
    countOwn();
    if (news) say(fresh.querySelector(".phase strong").textContent.trim());
  }

  async function renew() {
    const headers = { "X-Phone": key, ...(etag ? { "If-None-Match": etag } : {}) };
    const answer = await ask(words.state, { headers });
    if (answer.status === 200) {
      etag = answer.headers.get("ETag") || "";
      show(await answer.text());
    } else if (answer.status === 404 && key !== words.key) {
      key = words.key; // the one that was kept is of an older workshop, or of another secret
      store.setItem(`${prefix}key`, key);
      enqueue({ do: "join", client_key: makeKey() });
    } else if (answer.status !== 304) throw new Error(String(answer.status));
  }

  let pause = 2000;
  async function tick() {
    if (!document.hidden) {
      try {
        await renew();
        pause = 2000;
      } catch {
        pause = Math.min(pause * 2, LONGEST_MS);
      }
    }
    window.setTimeout(tick, pause + Math.random() * 1000);
  }

  page.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.dataset.send) return;
    event.preventDefault();
    const fields = { do: form.dataset.send };
    if (fields.do === "idea") {
      fields.text = form.elements.text.value.trim();
      if (!fields.text) return;
      form.elements.text.value = "";
      form.elements.text.focus();
    } else if (fields.do === "vote") fields.target = event.submitter.value;
    else fields.client_key = event.submitter.value;
    enqueue(fields);
  });
  document.addEventListener("visibilitychange", () => !document.hidden && renew().catch(() => {}));
  window.addEventListener("online", flush);

  store.setItem(`${prefix}key`, key);
  startTimer();
  countOwn();
  window.setInterval(showTimer, 1000);
  enqueue({ do: "join", client_key: makeKey() });
  renew().catch(() => {});
  window.setTimeout(tick, 2000 + Math.random() * 1000);
})();
