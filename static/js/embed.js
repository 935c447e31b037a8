/* A form in a frame: tells the page around it how high it is and when it is done, and takes along what the widget
   knows. It speaks with the form's own sites alone; only "ready", which says nothing, goes to whoever is there. */
(() => {
  "use strict";

  const sites = new Set(document.currentScript.dataset.sites.split(" ").concat(location.origin));
  const around = window.parent;
  if (around === window) return;
  let site = ""; // the page around, once it has said hello
  let brought = {};
  let told = 0;

  const tell = (type, more = {}) => around.postMessage({ feedbackWidget: 1, type, ...more }, site);

  function tellHeight() {
    const height = Math.ceil(document.body.getBoundingClientRect().height);
    if (site && height !== told) tell("height", { height: (told = height) });
  }

  /** Put what came along into the form, whichever page of it is shown by now. */
  function bring() {
    const form = document.getElementById("the.form");
    for (const [name, value] of form ? Object.entries(brought) : []) {
      let field = [...form.elements].find((one) => one.name === name);
      if (!field) {
        field = Object.assign(document.createElement("input"), { type: "hidden", name });
        form.append(field);
      }
      field.value = value;
    }
  }

  function hear(event) {
    const data = event.data;
    if (event.source !== around || !sites.has(event.origin) || !data || data.feedbackWidget !== 1) return;
    if (data.type !== "hello") return;
    site = event.origin;
    document.documentElement.classList.add("in-widget");
    if (data.theme === "light" || data.theme === "dark") document.documentElement.dataset.theme = data.theme;
    brought = { "widget.context": String(data.context || ""), "widget.identity": String(data.identity || "") };
    bring();
    told = 0;
    tellHeight();
    if (document.querySelector("[data-sent]")) tell("done");
  }

  function pressed(event) {
    if (event.key === "Escape" && site && !event.defaultPrevented) tell("escape");
  }

  window.addEventListener("message", hear);
  document.addEventListener("keydown", pressed);
  new MutationObserver(() => { bring(); tellHeight(); }).observe(document.body, { childList: true });
  new ResizeObserver(tellHeight).observe(document.body);
  around.postMessage({ feedbackWidget: 1, type: "ready" }, "*");
})();
