// The review queue by keys: j and k move, r releases, s marks as spam, u takes the last decision back.
"use strict";

(() => {
  const all = () => [...document.querySelectorAll("[data-held]")];
  const current = () => document.activeElement?.closest?.("[data-held]");

  function go(step) {
    const groups = all();
    const at = groups.indexOf(current());
    const next = groups[at < 0 ? 0 : Math.min(Math.max(at + step, 0), groups.length - 1)];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }

  function decide(action) {
    const group = current() ?? all()[0];
    group?.querySelector(`[data-decide] button[value="${action}"]`)?.click();
  }

  const KEYS = {
    j: () => go(1),
    k: () => go(-1),
    r: () => decide("release"),
    s: () => decide("spam"),
    u: () => document.querySelector("[data-review-undo]")?.requestSubmit(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest("input, textarea, select, dialog[open], [contenteditable]")) return;
    const act = KEYS[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });

  // After a decision the queue opens at the piece that followed.
  const groups = all();
  groups.forEach((group, place) => {
    const field = group.querySelector("[data-decide] [data-following]");
    const next = groups[place + 1] ?? groups[place - 1];
    if (field && next) field.value = next.parentElement.id.replace("held-", "");
  });
  const target = location.hash.startsWith("#held-") ? document.getElementById(location.hash.slice(1)) : null;
  // Not before the browser has gone to the place itself, which takes the focus away again.
  window.addEventListener("load", () => setTimeout(() => target?.querySelector("[data-held]")?.focus()));
})();
