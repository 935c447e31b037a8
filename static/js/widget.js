/* Feedback widget: one script for any page, no dependency, no cookie, no eval, no inline style.
 *
 *   <script src="https://feedback.example/widget.js" data-form="nps" async></script>
 *
 * The page's policy needs this site under script-src and connect-src, and under frame-src for longer forms.
 * data-form          the form: the end of its address
 * data-trigger       one or more of: button (default), time:20 (seconds), scroll:60 (per cent), event:NAME, click:SELECTOR (without
 *                    blanks), none
 * data-position      start or end (default): in which lower corner the button stands
 * data-theme         auto (default: as the page says of itself), light, dark, system
 * data-language      such as de; default: the page's lang, then the browser's
 * data-cooldown-days days between two times that a visitor of this site is asked unasked; default: the platform's
 * data-app-version, data-context (a JSON object of short texts), data-page="off" (do not tell the address)
 * data-identity      who is signed in: signed by your server, see the form's page
 *
 * window.FeedbackWidget: add(options), open(form), close(), identify(identity), set({name: text}), track(event),
 * on("open" | "close" | "invite" | "sent" | "kept", listener), flush(). "feedbackwidget:ready" is fired on document.
 * Colours: feedback-widget { --feedback-accent: #063; --feedback-on-accent: #fff } in the page's own style sheet.
 */
(() => {
  "use strict";

  const script = document.currentScript || document.querySelector('script[src*="/widget.js"][data-form]');
  if (!script) return;
  if (window.FeedbackWidget) {
    window.FeedbackWidget.add(script.dataset);
    return;
  }
  const base = new URL("./", script.src).href;
  const origin = new URL(base).origin;
  const DAY = 864e5;
  const QUEUE = { entries: 20, characters: 200000, days: 30 };
  const SLOW = 15000;

  // --- what this browser keeps for this site ---------------------------------------------------------------------

  const read = (name, otherwise) => {
    try {
      const found = JSON.parse(localStorage.getItem(`feedback-widget:${name}`));
      return typeof found === typeof otherwise && found !== null ? found : otherwise;
    } catch {
      return otherwise;
    }
  };
  const write = (name, value) => {
    try {
      localStorage.setItem(`feedback-widget:${name}`, JSON.stringify(value));
      return true;
    } catch {
      return false;
    }
  };

  const queued = () => {
    const found = read("queue", []);
    const isEntry = (one) => one && one.id && Array.isArray(one.fields) && Date.now() - one.at < QUEUE.days * DAY;
    return Array.isArray(found) ? found.filter(isEntry) : [];
  };
  /** Keep an entry, new or changed; false where there is no room. Nothing kept before is given up for it. */
  const keep = (entry) => {
    const others = queued().filter((one) => one.id !== entry.id);
    const all = [...others, entry];
    return all.length <= QUEUE.entries && JSON.stringify(all).length <= QUEUE.characters && write("queue", all);
  };
  const forget = (entry) => write("queue", queued().filter((one) => one.id !== entry.id));

  const noteAsked = () => write("asked", Date.now());
  const mayAsk = (days) => {
    const asked = Math.min(read("asked", 0), Date.now()); // a clock that was wrong silences nobody for years
    return Date.now() - asked >= days * DAY;
  };

  // --- speaking with the platform --------------------------------------------------------------------------------

  const ask = async (path, fields) => {
    const stop = new AbortController();
    const timer = setTimeout(() => stop.abort(), SLOW);
    try {
      return await fetch(base + path, {
        mode: "cors",
        credentials: "omit",
        signal: stop.signal,
        ...(fields ? { method: "POST", body: new URLSearchParams(fields) } : {}),
      });
    } finally {
      clearTimeout(timer);
    }
  };
  const tokenFor = async (form) => {
    const response = await ask(`w/${form}/token/`);
    const { token = "", bits = 0 } = response.ok ? await response.json() : {};
    return { token, bits };
  };
  /** Find the number that a token is a puzzle for, where the platform asks for one (apps/feedback/abuse/work.py). */
  const workFor = async ({ token, bits }) => {
    if (!bits || !window.crypto.subtle) return "";
    const encoder = new TextEncoder();
    for (let number = 0; number < 2 ** (bits + 4); number++) {
      const hash = await window.crypto.subtle.digest("SHA-256", encoder.encode(`${token}:${number}`));
      if (new DataView(hash).getUint32(0) >>> (32 - bits) === 0) return String(number);
    }
    return "";
  };

  /** Send an entry, always with the token it has: sent twice it is still one answer. */
  const deliver = async (entry) => {
    try {
      if (!entry.token) {
        Object.assign(entry, await tokenFor(entry.form));
        if (!entry.token) return { later: true };
        if (queued().some((one) => one.id === entry.id)) keep(entry);
      }
      const fields = [["token", entry.token], ["work", await workFor(entry)], ...entry.fields];
      const response = await ask(`w/${entry.form}/?lang=${entry.language}`, fields);
      if (response.status === 429 || response.status >= 500) return { later: true };
      const told = await response.json().catch(() => ({}));
      return response.ok ? { receipt: origin + told.receipt } : { status: response.status, ...told };
    } catch {
      return { later: true };
    }
  };

  const busy = new Set();
  let tries = 0;
  let retry = 0;
  const flushHere = async () => {
    for (const entry of queued().filter((one) => !one.isStuck && !busy.has(one.id))) {
      busy.add(entry.id);
      const told = await deliver(entry);
      busy.delete(entry.id);
      if (told.later) break;
      if (told.receipt) {
        forget(entry);
        tries = 0;
        emit("sent", { form: entry.form, receipt: told.receipt });
      } else {
        keep({ ...entry, token: "", isStuck: true }); // shown again when the form is opened the next time
      }
    }
    clearTimeout(retry);
    if (queued().some((one) => !one.isStuck)) {
      tries += 1;
      retry = setTimeout(flush, Math.min(30000 * 2 ** (tries - 1), 6e5));
    }
  };
  const flush = () =>
    navigator.locks
      ? navigator.locks.request("feedback-widget", { ifAvailable: true }, (lock) => (lock ? flushHere() : undefined))
      : flushHere();

  // --- who, where ------------------------------------------------------------------------------------------------

  const attributes = {};
  let identity = "";
  const context = (form) =>
    JSON.stringify({
      ...(form.options.page === "off" ? {} : { page: location.origin + location.pathname }),
      ...(form.options.appVersion ? { version: form.options.appVersion } : {}),
      language: navigator.language,
      ...attributes,
    });

  const listeners = {};
  const emit = (type, detail) => (listeners[type] || []).forEach((listen) => listen(detail));

  // --- elements --------------------------------------------------------------------------------------------------

  const SVG = "http://www.w3.org/2000/svg";
  const make = (tag, properties = {}, ...children) => {
    const made = /^(svg|path|circle)$/.test(tag) ? document.createElementNS(SVG, tag) : document.createElement(tag);
    for (const [name, value] of Object.entries(properties)) {
      if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
      else if (value !== undefined && value !== null && value !== false && value !== "") made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  };
  const drawn = (...paths) =>
    make("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" }, ...paths.map((d) => make("path", { d })));
  const CIRCLE = "M2.5 12a9.5 9.5 0 1 0 19 0a9.5 9.5 0 1 0-19 0M8.5 9.5v.01M15.5 9.5v.01";
  const MOUTHS = [
    "M7.5 17.2c1-2.6 2.7-3.9 4.5-3.9s3.5 1.3 4.5 3.9",
    "M8 16.4c1-1.3 2.4-2 4-2s3 .7 4 2",
    "M8 15.5h8",
    "M8 14.6c1 1.3 2.4 2 4 2s3-.7 4-2",
    "M7.5 13.8c1 2.6 2.7 3.9 4.5 3.9s3.5-1.3 4.5-3.9z",
  ];
  const STAR = "M12 2.5l2.9 6.2 6.6.8-4.9 4.6 1.3 6.7L12 17.5l-5.9 3.3 1.3-6.7L2.5 9.5l6.6-.8z";

  const CSS = `
:host{all:initial!important;display:block!important;font:400 medium/1.45 system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif!important}
*,*::before,*::after{box-sizing:border-box}
[hidden]{display:none!important}
.w{color-scheme:light;
--accent:var(--feedback-accent,#3a50c9);--on-accent:var(--feedback-on-accent,#fff);--soft:#e9ecfb;--bg:#fff;--text:#15181e;--quiet:#5a6170;--line:#868d9b;--hair:#e5e7ec;--bad:#b3261e;--good:#17734a;--hover:#f3f4f6;--veil:rgb(20 24 40/45%);--shadow:0 8px 28px rgb(20 24 40/22%);
color:var(--text);text-align:start}
.w[data-theme=dark]{color-scheme:dark;
--accent:var(--feedback-accent,#93a4fb);--on-accent:var(--feedback-on-accent,#10131c);--soft:#20263e;--bg:#16181e;--text:#e8eaee;--quiet:#a2a9b7;--line:#737b8c;--hair:#2d323d;--bad:#ff9d94;--good:#6fcf9f;--hover:#20242d;--veil:rgb(0 0 0/62%);--shadow:0 8px 28px rgb(0 0 0/60%)}
button,input,textarea{font:inherit;color:inherit;margin:0}
button{cursor:pointer}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px}
svg{inline-size:26px;block-size:26px;fill:none;stroke:currentColor;stroke-width:1.8;stroke-linecap:round;stroke-linejoin:round;flex:none}
.corner{position:fixed;inset-block-end:20px;inset-inline-end:20px;z-index:2147483000;display:flex;flex-direction:column;align-items:flex-end;gap:12px;max-inline-size:calc(100vw - 40px)}
.corner.start{inset-inline:20px auto;align-items:flex-start}
.nook{display:flex;flex-direction:column;align-items:inherit;gap:12px;max-inline-size:100%}
.launch,.main,.plain{display:inline-flex;align-items:center;justify-content:center;gap:8px;min-block-size:44px;padding:9px 18px;border:1px solid transparent;border-radius:8px;font-weight:600;text-decoration:none}
.launch,.main{background:var(--accent);color:var(--on-accent)}
.launch{border-radius:99px;box-shadow:var(--shadow)}
.launch svg{inline-size:20px;block-size:20px}
.launch:hover,.main:hover{text-decoration:underline;text-underline-offset:3px}
.main[aria-disabled=true]{opacity:.7;cursor:progress}
.plain{background:transparent;border-color:var(--line);color:var(--text)}
.plain:hover,.x:hover{background:var(--hover)}
.card,dialog{background:var(--bg);color:var(--text);border:1px solid var(--hair);border-radius:14px;box-shadow:var(--shadow)}
.card{inline-size:360px;max-inline-size:100%;padding:18px 20px}
.card p{margin:0 0 14px;font-weight:600}
.row{display:flex;flex-wrap:wrap;gap:10px}
dialog{position:fixed;inset:auto;inset-block-end:20px;inset-inline-end:20px;margin:0;padding:0;inline-size:440px;max-inline-size:calc(100vw - 40px);max-block-size:calc(100vh - 40px);max-block-size:calc(100dvh - 40px);overflow:auto;overscroll-behavior:contain}
dialog.start{inset-inline:20px auto}
dialog.wide{inline-size:620px}
dialog::backdrop{background:var(--veil)}
@media (max-width:560px){dialog,dialog.start,dialog.wide{inset-inline:0;inset-block-end:0;inline-size:100%;max-inline-size:100%;border-radius:14px 14px 0 0;border-inline:0;border-block-end:0}}
@media (prefers-reduced-motion:no-preference){dialog[open],.card{animation:rise .16s ease-out}@keyframes rise{from{transform:translateY(12px);opacity:0}}}
.head{display:flex;align-items:flex-start;gap:12px;padding:16px 12px 0 20px}
[dir=rtl] .head{padding:16px 20px 0 12px}
h2{margin:6px 0 0;font-size:1.2em;line-height:1.25;flex:1;outline-offset:4px;overflow-wrap:anywhere}
.x{inline-size:44px;block-size:44px;flex:none;display:grid;place-items:center;border:0;border-radius:8px;background:none;color:var(--quiet)}
.x svg{inline-size:20px;block-size:20px}
.body{padding:4px 20px 20px}
p{margin:8px 0 0;overflow-wrap:anywhere}
.quiet{color:var(--quiet);font-size:.94em}
.field{margin:18px 0 0;padding:0;border:0;min-inline-size:0}
legend,.label{display:block;padding:0;margin:0 0 8px;font-weight:600;overflow-wrap:anywhere}
.optional{font-weight:400;color:var(--quiet)}
.hint{margin:-4px 0 8px;color:var(--quiet);font-size:.94em}
.error{margin:0 0 8px;color:var(--bad);font-weight:600}
input[type=text],input[type=email],textarea{inline-size:100%;min-block-size:44px;padding:9px 12px;background:var(--bg);border:1.5px solid var(--line);border-radius:8px}
textarea{display:block;min-block-size:88px;resize:vertical}
[aria-invalid=true]{border-color:var(--bad)!important}
.scale{display:grid;grid-template-columns:repeat(auto-fit,minmax(44px,1fr));gap:6px}
.scale.eleven{grid-template-columns:repeat(11,1fr);gap:4px}
@media (max-width:480px){.scale.eleven{grid-template-columns:repeat(6,1fr)}}
.scale label{position:relative;display:block}
.scale input{position:absolute;inset:0;inline-size:100%;block-size:100%;opacity:0;cursor:pointer}
.scale span{display:grid;place-items:center;min-block-size:46px;border:1.5px solid var(--line);border-radius:8px;font-weight:600}
.scale input:hover+span{background:var(--hover)}
.scale input:checked+span{border-color:var(--accent);background:var(--soft);box-shadow:inset 0 0 0 1.5px var(--accent)}
.scale input:focus-visible+span{outline:3px solid var(--accent);outline-offset:2px}
.ends{display:flex;justify-content:space-between;gap:16px;margin-block-start:6px;color:var(--quiet);font-size:.9em}
.ends span:last-child{text-align:end}
.line{display:flex;gap:10px;align-items:flex-start;padding:9px 0;cursor:pointer}
.line input{inline-size:22px;block-size:22px;flex:none;accent-color:var(--accent)}
form>.field:first-child{margin-block-start:8px}
.foot{margin-block-start:20px}
.foot .main{inline-size:100%}
.done{display:flex;gap:10px;color:var(--good)}
.done h2{color:var(--text);margin:0}
a{color:var(--accent)}
a.plain{color:var(--text)}
iframe{display:block;inline-size:100%;border:0;background:none}
.v{position:absolute;inline-size:1px;block-size:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
@media print{.w{display:none}}
`;

  const host = document.createElement("feedback-widget");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  root.adoptedStyleSheets = [sheet];
  const makeLive = () => make("div", { class: "v", role: "status" });
  /** Tell a screen reader: within the dialog where one is open, for all else is inert then. */
  const say = (words, form) => {
    const live = form.dialog.open ? form.live : form.nookLive;
    live.textContent = "";
    setTimeout(() => (live.textContent = words), 100); // heard only where it changes after it is there
  };

  const systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");
  const themeOf = (wanted) => {
    if (wanted === "light" || wanted === "dark") return wanted;
    const page = getComputedStyle(document.documentElement).colorScheme;
    const follows = wanted === "system" || /light dark|dark light/.test(page);
    return (follows ? systemIsDark.matches : /dark/.test(page)) ? "dark" : "light";
  };
  const paint = () => forms.forEach((form) => [form.box, form.nook].forEach((one) => one && one.setAttribute("data-theme", themeOf(form.options.theme))));

  // --- questions -------------------------------------------------------------------------------------------------

  const isScale = (question) => question.scale.length > 0;
  const face = (question, number) => {
    const mark = question.kind === "smileys" ? drawn(CIRCLE, MOUTHS[number - 1]) : question.kind === "stars" ? drawn(STAR) : null;
    return mark ? make("span", {}, mark, make("i", { class: "v" }, String(number))) : make("span", {}, String(number));
  };

  const choicesOf = (question) => {
    if (!isScale(question)) {
      return question.choices.map(([value, label]) =>
        make("label", { class: "line" }, make("input", { type: "radio", name: question.key, value }), make("span", {}, label)),
      );
    }
    const scale = make("div", { class: question.scale.length > 7 ? "scale eleven" : "scale" });
    for (const number of question.scale) {
      const end = number === question.scale[0] ? question.low : number === question.scale[question.scale.length - 1] ? question.high : "";
      const input = make("input", { type: "radio", name: question.key, value: String(number), "aria-label": end ? `${number}, ${end}` : String(number) });
      scale.append(make("label", {}, input, face(question, number)));
    }
    const ends = make("div", { class: "ends", "aria-hidden": "true" }, make("span", {}, question.low), make("span", {}, question.high));
    return question.low || question.high ? [scale, ends] : [scale];
  };

  const fieldOf = (question, words) => {
    const id = `q-${question.key}`;
    const label = [question.label, question.is_required ? null : make("span", { class: "optional" }, ` ${words.optional}`)];
    const hint = question.help ? make("p", { class: "hint", id: `${id}-hint` }, question.help) : null;
    const error = make("p", { class: "error", id: `${id}-error`, hidden: true });
    const described = { "aria-describedby": `${hint ? `${id}-hint ` : ""}${id}-error` };
    if (isScale(question) || question.choices.length) {
      return make("fieldset", { class: "field", ...described }, make("legend", {}, ...label), hint, error, ...choicesOf(question));
    }
    if (question.kind === "consent") {
      const box = make("input", { type: "checkbox", id, name: question.key, value: "yes", ...described });
      return make("div", { class: "field" }, error, make("label", { class: "line" }, box, make("span", {}, ...label)), hint);
    }
    const common = { id, name: question.key, "aria-required": question.is_required ? "true" : null, ...described };
    const control =
      question.kind === "long_text"
        ? make("textarea", { ...common, rows: 3 })
        : make("input", {
            ...common,
            type: question.kind === "email" ? "email" : "text",
            maxlength: question.characters,
            autocomplete: { name: "name", email: "email" }[question.role] || "off",
          });
    return make("div", { class: "field" }, make("label", { class: "label", for: id }, ...label), hint, error, control);
  };

  const holds = (rule, answers) => {
    if (!rule) return true;
    const found = rule.of.map(([key, test, value]) => {
      const given = (answers[key] || "").trim().toLowerCase();
      const wanted = value.toLowerCase();
      if (test === "not_answered") return !given;
      if (!given) return test === "is_not";
      if (test === "is") return given === wanted;
      if (test === "is_not") return given !== wanted;
      if (test === "contains") return given.includes(wanted);
      if (test === "at_least") return Number(given) >= Number(wanted);
      if (test === "at_most") return Number(given) <= Number(wanted);
      return true;
    });
    return rule.any ? found.some(Boolean) : found.every(Boolean);
  };

  /** The answers as they count: of questions that are asked, in their order; one hidden now is not sent. */
  const answersOf = (form) => {
    const data = new FormData(form.sheet);
    const answers = {};
    for (const question of form.told.questions) {
      const value = data.get(question.key);
      if (value && holds(question.when, answers)) answers[question.key] = value;
    }
    return answers;
  };

  const showWhatIsAsked = (form) => {
    const answers = answersOf(form);
    const [first] = form.told.questions;
    const waits = isScale(first) && !answers[first.key]; // one question first, the others after it
    form.told.questions.forEach((question, place) => {
      form.fields[question.key].hidden = (waits && place > 0) || !holds(question.when, answers);
    });
  };

  const markErrors = (form, errors) => {
    let first = null;
    for (const question of form.told.questions) {
      const field = form.fields[question.key];
      const message = errors[question.key] || "";
      const line = field.querySelector(".error");
      line.textContent = message;
      line.hidden = !message;
      field.querySelectorAll("input,textarea").forEach((one) => {
        if (message) one.setAttribute("aria-invalid", "true");
        else one.removeAttribute("aria-invalid");
      });
      if (message) field.hidden = false;
      if (message && !first) first = field.querySelector("input:checked,input,textarea");
    }
    if (first) first.focus();
    return Boolean(first);
  };

  // --- a form: its button, its invitation, its dialog ------------------------------------------------------------

  const forms = new Map();
  let opened = null;

  const languageOf = (options) => options.language || document.documentElement.lang || navigator.language || "";

  /** Ask what a form is, once; false where it is closed, or cannot be had now. */
  const describe = (form) => {
    form.describing =
      form.describing ||
      ask(`w/${form.slug}/?lang=${encodeURIComponent(languageOf(form.options))}`)
        .then((response) => (response.ok ? response.json() : Promise.reject(new Error(String(response.status)))))
        .then((told) => {
          form.told = told;
          if (told.is_open) build(form);
          return told.is_open;
        })
        .catch((reason) => {
          form.describing = null;
          console.warn(`FeedbackWidget: the form "${form.slug}" cannot be had (${reason.message}). Is ${location.origin} among its sites, and ${origin} in this page's policy?`);
          return false;
        });
    return form.describing;
  };

  const build = (form) => {
    const { told, options } = form;
    const side = options.position === "start" ? "start" : "";
    const speech = { lang: told.language, dir: told.is_right_to_left ? "rtl" : "ltr" };
    form.nookLive = makeLive();
    form.nook = make("div", { class: "w nook", ...speech }, form.nookLive);
    cornerAt(side, speech.dir).append(form.nook);
    form.live = makeLive();
    form.title = make("h2", { id: `t-${form.slug}`, tabindex: "-1" }, told.title);
    form.body = make("div", { class: "body" });
    form.dialog = make(
      "dialog",
      { class: `${side} ${told.questions.length ? "" : "wide"}`, "aria-labelledby": `t-${form.slug}`, onclose: () => closed(form), onkeydown: trap, onclick: (event) => event.target === form.dialog && isBeside(form, event) && close() },
      make(
        "div",
        { class: "head" },
        form.title,
        make("button", { class: "x", type: "button", "aria-label": told.words.close, onclick: () => close() }, drawn("M6 6l12 12M18 6L6 18")),
      ),
      form.body,
      form.live,
    );
    form.box = make("div", { class: "w", ...speech }, form.dialog);
    root.append(form.box);
    paint();
  };

  const corners = {};
  const cornerAt = (side, dir) => {
    const place = `${side} ${dir}`;
    if (!corners[place]) root.append((corners[place] = make("div", { class: `corner ${side}`, dir })));
    return corners[place];
  };

  const isBeside = (form, event) => {
    const box = form.dialog.getBoundingClientRect();
    return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
  };

  const addButton = (form) => {
    if (form.button) return;
    form.button = make(
      "button",
      { class: "launch", type: "button", "aria-haspopup": "dialog", onclick: () => open(form.slug) },
      drawn("M4 5h16v11H9l-5 4z"),
      form.options.label || form.told.words.button,
    );
    form.nook.append(form.button);
  };

  /** Ask whether somebody wants to be asked: beside the page, without taking the focus. */
  const invite = async (form) => {
    const days = Number(form.options.cooldownDays);
    if (opened || form.card || !(await describe(form))) return;
    if (opened || form.card || !mayAsk(Number.isFinite(days) && form.options.cooldownDays !== undefined ? days : form.told.cooldown_days)) return;
    noteAsked();
    const { words, questions, title } = form.told;
    const asked = questions.length && isScale(questions[0]) ? questions[0].label : title;
    const away = () => dismiss(form);
    form.card = make(
      "section",
      { class: "card", "aria-label": words.button, onkeydown: (event) => event.key === "Escape" && away() },
      make("p", {}, asked),
      make(
        "div",
        { class: "row" },
        make("button", { class: "main", type: "button", onclick: () => open(form.slug) }, words.answer),
        make("button", { class: "plain", type: "button", onclick: away }, words.not_now),
      ),
    );
    form.nook.prepend(form.card);
    say(`${asked} ${words.answer} / ${words.not_now}`, form);
    emit("invite", { form: form.slug });
  };

  const dismiss = (form) => {
    if (!form.card) return;
    const had = form.card.contains(root.activeElement);
    form.card.remove();
    form.card = null;
    if (had && form.button) form.button.focus();
  };

  const fill = (form) => {
    if (form.body.childElementCount) return;
    if (form.told.questions.length) fillQuestions(form);
    else fillFrame(form);
  };

  const fillQuestions = (form) => {
    const { told } = form;
    form.id = `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}`;
    form.pass = { token: "", bits: 0 };
    form.fields = {};
    form.sheet = make("form", { novalidate: true, onsubmit: (event) => submit(form, event), oninput: () => showWhatIsAsked(form), onchange: () => showWhatIsAsked(form) });
    for (const question of told.questions) {
      form.fields[question.key] = fieldOf(question, told.words);
      form.sheet.append(form.fields[question.key]);
    }
    form.problem = make("p", { class: "error", hidden: true });
    form.send = make("button", { class: "main", type: "submit" }, told.words.send);
    form.sheet.append(
      make("div", { hidden: true }, make("input", { type: "text", name: "website", tabindex: "-1", autocomplete: "off", "aria-hidden": "true" })),
      make("div", { class: "foot" }, form.problem, form.send),
    );
    form.body.append(
      ...(told.intro ? [make("p", { class: "quiet" }, told.intro)] : []),
      ...(told.is_anonymous ? [make("p", { class: "quiet" }, told.words.anonymous)] : []),
      form.sheet,
    );
    restore(form);
    showWhatIsAsked(form);
    tokenFor(form.slug).then(
      (pass) => form.pass.token || (form.pass = pass),
      () => {}, // fetched again when it is sent
    );
  };

  /** Fill in what was once refused after it had been kept: the words come back, whatever the form asks by now. */
  const restore = (form) => {
    const stuck = queued().find((one) => one.isStuck && one.form === form.slug);
    if (!stuck) return;
    for (const [name, value] of stuck.fields) {
      const controls = [...form.sheet.elements].filter((one) => one.name === name && one.name !== "website");
      controls.forEach((one) => {
        if (one.type === "radio" || one.type === "checkbox") one.checked = one.value === value;
        else one.value = value;
      });
    }
    forget(stuck);
  };

  const submit = async (form, event) => {
    event.preventDefault();
    if (form.isSending) return;
    const { told } = form;
    const answers = answersOf(form);
    const missing = told.questions.filter((one) => one.is_required && !answers[one.key] && holds(one.when, answers));
    form.problem.hidden = true;
    if (markErrors(form, Object.fromEntries(missing.map((one) => [one.key, told.words.missing])))) return say(told.words.problem, form);
    setSending(form, true);
    const entry = {
      id: form.id,
      form: form.slug,
      ...form.pass,
      language: told.language,
      at: Date.now(),
      fields: [...Object.entries(answers), ["website", new FormData(form.sheet).get("website") || ""], ["widget.context", context(form)], ...(identity ? [["widget.identity", identity]] : [])],
    };
    busy.add(entry.id);
    const isKept = keep(entry); // before it is sent: somebody may leave the page meanwhile
    const found = await deliver(entry);
    busy.delete(entry.id);
    form.pass = { token: entry.token, bits: entry.bits };
    setSending(form, false);
    return showOutcome(form, entry, found, isKept);
  };

  /** Show what became of an answer: taken, kept for later, or to be corrected. */
  const showOutcome = (form, entry, found, isKept) => {
    const { words } = form.told;
    if (!(found.later && isKept)) forget(entry);
    if (found.receipt) {
      noteAsked();
      thank(form, words.thanks, found.receipt);
      return emit("sent", { form: form.slug, receipt: found.receipt });
    }
    if (found.later && isKept) {
      noteAsked();
      thank(form, words.kept);
      emit("kept", { form: form.slug });
      tries = 0;
      clearTimeout(retry);
      retry = setTimeout(flush, 30000);
      return undefined;
    }
    if (found.status === 422 && markErrors(form, found.errors || {})) return say(words.problem, form);
    form.problem.textContent = found.status === 410 ? words.closed : words.not_kept;
    form.problem.hidden = false;
    return say(form.problem.textContent, form);
  };

  const setSending = (form, isSending) => {
    form.isSending = isSending;
    form.send.setAttribute("aria-disabled", String(isSending));
    form.send.textContent = isSending ? form.told.words.sending : form.told.words.send;
  };

  const thank = (form, words, receipt) => {
    const { told } = form;
    form.isDone = true;
    form.title.textContent = words;
    form.body.replaceChildren(
      ...(told.thanks && receipt ? [make("p", {}, told.thanks)] : []),
      make(
        "div",
        { class: "foot row" },
        receipt ? make("a", { class: "plain", href: receipt, target: "_blank", rel: "noopener" }, told.words.receipt) : null,
        make("button", { class: "plain", type: "button", onclick: () => close() }, told.words.close),
      ),
    );
    if (form.dialog.open) form.title.focus();
    say(words, form);
  };

  const fillFrame = (form) => {
    const { told } = form;
    const address = `${base}f/${form.slug}/`;
    const lang = `?lang=${told.language}`;
    form.frame = make("iframe", {
      title: told.title,
      src: `${address}embed/${lang}`,
      height: "420",
      referrerpolicy: "origin",
    });
    form.aside = make("p", { hidden: true }, make("a", { href: address + lang, target: "_blank", rel: "noopener" }, told.words.new_window));
    form.body.append(form.aside, form.frame);
    setTimeout(() => (form.aside.hidden = Boolean(form.isReady)), 6000); // a policy may forbid the frame
  };

  /** Hear a frame of ours, and nothing else. */
  const hear = (event) => {
    if (event.origin !== origin || !event.data || event.data.feedbackWidget !== 1) return;
    const form = [...forms.values()].find((one) => one.frame && one.frame.contentWindow === event.source);
    if (!form) return;
    const { type, height } = event.data;
    if (type === "ready") {
      form.isReady = true;
      form.aside.hidden = true;
      event.source.postMessage({ feedbackWidget: 1, type: "hello", context: context(form), identity, theme: form.box.dataset.theme }, origin);
    } else if (type === "height" && Number.isFinite(height)) {
      form.frame.height = String(Math.min(Math.max(Math.ceil(height), 120), 4000));
    } else if (type === "done" && !form.isDone) {
      form.isDone = true;
      noteAsked();
      emit("sent", { form: form.slug });
    } else if (type === "escape") {
      close();
    }
  };

  // --- open and close --------------------------------------------------------------------------------------------

  const open = async (slug) => {
    const form = slug ? forms.get(slug) || add({ form: slug, trigger: "none" }) : forms.values().next().value;
    const active = root.activeElement || document.activeElement;
    if (!form || !(await describe(form)) || form.dialog.open) return false;
    close();
    const cardHadFocus = form.card && form.card.contains(active);
    dismiss(form);
    form.returnTo = cardHadFocus && form.button ? form.button : active;
    if (form.isDone) {
      form.isDone = form.isReady = false;
      form.body.replaceChildren();
      form.frame = null;
      form.title.textContent = form.told.title;
    }
    fill(form);
    opened = form;
    form.dialog.showModal();
    form.title.focus();
    noteAsked();
    emit("open", { form: form.slug });
    return true;
  };

  const close = () => opened && opened.dialog.close();

  const closed = (form) => {
    if (form.dialog.open) return; // opened again before the browser said that it was closed
    if (opened === form) opened = null;
    if (!opened && form.returnTo && form.returnTo.isConnected) form.returnTo.focus();
    emit("close", { form: form.slug });
  };

  /** Keep Tab within the dialog: a modal one leaves the page alone, but not the browser's own bars. */
  const trap = (event) => {
    if (event.key !== "Tab") return;
    const stops = [...event.currentTarget.querySelectorAll("button,a[href],input,textarea,iframe")].filter(
      (one) => one.tabIndex >= 0 && one.getClientRects().length,
    );
    const [first, last] = [stops[0], stops[stops.length - 1]];
    if (event.shiftKey && (root.activeElement === first || root.activeElement === opened.title)) {
      event.preventDefault();
      last.focus();
    } else if (!event.shiftKey && root.activeElement === last) {
      event.preventDefault();
      first.focus();
    }
  };

  // --- triggers --------------------------------------------------------------------------------------------------

  const scrolled = () => {
    const page = document.documentElement;
    const way = page.scrollHeight - page.clientHeight;
    return way > 0 ? (100 * page.scrollTop) / way : 0;
  };

  const TRIGGERS = {
    button: (form) => describe(form).then((isOpen) => isOpen && addButton(form)),
    time: (form, seconds) => setTimeout(() => invite(form), Number(seconds) * 1000),
    scroll: (form, percent) => {
      const look = () => {
        if (scrolled() < Number(percent)) return;
        removeEventListener("scroll", look);
        invite(form);
      };
      addEventListener("scroll", look, { passive: true });
    },
    event: (form, name) => form.events.add(name),
    click: (form, selector) =>
      document.addEventListener("click", (event) => {
        if (!(event.target instanceof Element) || !event.target.closest(selector)) return;
        event.preventDefault();
        open(form.slug);
      }),
    none: () => {},
  };

  const add = (options) => {
    const slug = String(options.form || "");
    if (!/^[-\w]+$/.test(slug)) return undefined;
    if (forms.has(slug)) return forms.get(slug);
    const form = { slug, options: { ...options }, events: new Set() };
    forms.set(slug, form);
    if (options.identity) identity = String(options.identity);
    try {
      Object.assign(attributes, typeof options.context === "string" ? JSON.parse(options.context) : options.context);
    } catch {
      console.warn("FeedbackWidget: data-context is no JSON object.");
    }
    for (const trigger of String(options.trigger || "button").trim().split(/\s+/)) {
      const [name, ...rest] = trigger.split(":");
      if (Object.hasOwnProperty.call(TRIGGERS, name)) TRIGGERS[name](form, rest.join(":"));
    }
    return form;
  };

  window.FeedbackWidget = {
    version: 1,
    add: (options) => Boolean(add(options)),
    open,
    close: () => close(),
    identify: (signed) => (identity = signed ? String(signed) : ""),
    set: (values) => Object.assign(attributes, values),
    track: (name) => forms.forEach((form) => form.events.has(name) && invite(form)),
    on: (type, listener) => (listeners[type] = [...(listeners[type] || []), listener]),
    flush,
  };

  const start = () => {
    document.documentElement.append(host);
    addEventListener("message", hear);
    addEventListener("online", () => {
      tries = 0;
      flush();
      forms.forEach((form) => /button/.test(form.options.trigger || "button") && TRIGGERS.button(form));
    });
    systemIsDark.addEventListener("change", paint);
    add(script.dataset);
    flush();
    document.dispatchEvent(new CustomEvent("feedbackwidget:ready"));
  };
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", start);
  else start();
})();
