/* Toasts: those of the page go after a while, those of an HX-Trigger header {"toast": {text, level, undo}} are added.
   Warnings, errors and what can be undone stay until dismissed. window.toast(text, {level, undo}) for other scripts. */
(() => {
  "use strict";
  const shelf = document.getElementById("toasts");
  const template = document.getElementById("toast-template");
  if (!shelf || !template) return;
  const SHOWN_MS = 7000;

  function keepFor(toast) {
    const stays = /warning|error/.test(toast.dataset.toast) || toast.querySelector("form");
    if (stays) return;
    let timer;
    const start = () => (timer = window.setTimeout(() => toast.remove(), SHOWN_MS));
    const stop = () => window.clearTimeout(timer);
    for (const name of ["mouseenter", "focusin"]) toast.addEventListener(name, stop);
    for (const name of ["mouseleave", "focusout"]) toast.addEventListener(name, start);
    start();
  }

  function undoForm(path) {
    const form = document.createElement("form");
    form.method = "post";
    form.action = path;
    const token = document.createElement("input");
    token.type = "hidden";
    token.name = "csrfmiddlewaretoken";
    token.value = JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";
    const button = document.createElement("button");
    button.className = "button button-s";
    button.textContent = shelf.dataset.undo || "Undo";
    form.append(token, button);
    return form;
  }

  function show(text, { level = "info", undo = "" } = {}) {
    const toast = template.content.firstElementChild.cloneNode(true);
    toast.className = `toast toast-${level}`;
    toast.dataset.toast = level;
    toast.querySelector(".toast-text").textContent = text;
    if (undo.startsWith("/") && !undo.startsWith("//")) toast.querySelector(".toast-close").before(undoForm(undo));
    shelf.append(toast);
    keepFor(toast);
  }

  document.addEventListener("toast", (event) => show(event.detail.text, event.detail));
  /* What somebody did and the server did not take is told; what a page asks for by itself is not. */
  function tellFailure(event) {
    const verb = event.detail.requestConfig?.verb;
    const status = event.detail.xhr?.status;
    if (verb && verb !== "get" && status !== 422) show(shelf.dataset.failed, { level: "error" });
  }
  for (const name of ["htmx:responseError", "htmx:sendError", "htmx:timeout"]) document.addEventListener(name, tellFailure);
  document.addEventListener("click", (event) => event.target.closest?.("[data-toast-close]")?.closest(".toast").remove());
  shelf.querySelectorAll(".toast").forEach(keepFor);
  window.toast = show;
})();
