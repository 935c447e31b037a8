/* Dialogs, menus, shortcuts and guards: what data attributes on server-made pages ask for.
   data-dialog="id" opens a dialog; details[data-menu] closes on Escape and on a click elsewhere, arrows move in it;
   data-copy="id" copies the words or the value of that element and says data-copied; data-focus takes the focus; form[data-guard] asks before unsaved words are left;
   form[data-unsent] signs out, and asks before notes that wait on this device are lost;
   form[data-until-changed] has its button only while a choice differs from the one that holds. */
(() => {
  "use strict";

  function openDialog(event) {
    const opener = event.target.closest("[data-dialog]");
    if (!opener || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const dialog = document.getElementById(opener.dataset.dialog);
    if (!dialog || !dialog.showModal) return;
    event.preventDefault();
    opener.closest("details[data-menu]")?.removeAttribute("open");
    dialog.showModal();
    dialog.querySelector("[autofocus], .dialog-body :is(input:not([type=hidden]), select, textarea)")?.focus();
  }

  function closeOnBackdrop(event) {
    if (event.target instanceof HTMLDialogElement && event.target.open && !event.target.hasAttribute("data-keep")) {
      const box = event.target.getBoundingClientRect();
      const inside =
        event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
      if (!inside && event.clientX + event.clientY > 0) event.target.close();
    }
  }

  async function copy(event) {
    const button = event.target instanceof Element && event.target.closest("[data-copy]");
    if (!button) return;
    const place = document.getElementById(button.dataset.copy);
    const isField = "value" in place;
    try {
      await navigator.clipboard.writeText(isField ? place.value : place.textContent);
      if (window.toast) window.toast(button.dataset.copied, { level: "success" });
    } catch {
      // No clipboard: an address without TLS, or no permission. Select it, so that the keys copy it.
      const folded = place.closest("details");
      if (folded) folded.open = true;
      if (isField) place.select();
      else window.getSelection().selectAllChildren(place);
    }
  }

  function closeMenus(except) {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!except || !menu.contains(except)) menu.removeAttribute("open");
    }
  }

  function moveInMenu(event, menu) {
    const items = [...menu.querySelectorAll(":is(a, button):not([hidden], :disabled)")];
    if (!items.length) return;
    event.preventDefault();
    const at = items.indexOf(document.activeElement);
    const step = event.key === "ArrowDown" ? 1 : -1;
    items[at === -1 ? (step > 0 ? 0 : items.length - 1) : (at + step + items.length) % items.length].focus();
  }

  function onKey(event) {
    const menu = event.target instanceof Element ? event.target.closest("details[data-menu]") : null;
    if (!menu) return;
    if (event.key === "Escape" && menu.open) {
      menu.removeAttribute("open");
      menu.querySelector("summary").focus();
      event.stopPropagation();
    } else if ((event.key === "ArrowDown" || event.key === "ArrowUp") && !event.target.closest("input, select, textarea")) {
      menu.setAttribute("open", "");
      moveInMenu(event, menu);
    }
  }

  document.addEventListener("click", copy);
  document.addEventListener("click", (event) => {
    if (!(event.target instanceof Element)) return;
    const closer = event.target.closest("[data-menu-close]");
    closeMenus(closer ? null : event.target);
    openDialog(event);
    closeOnBackdrop(event);
  });
  document.addEventListener("keydown", onKey);
  for (const tabs of document.querySelectorAll(".tabs")) {
    const current = tabs.querySelector("[aria-current]"); // on a phone it may lie beyond the edge
    if (current && tabs.scrollWidth > tabs.clientWidth) current.scrollIntoView({ block: "nearest", inline: "center" });
  }

  const here = document.querySelector(".side-inner [aria-current]"); // of a long list it may lie below the edge
  if (here) scrollWithin(here.closest(".side-inner"), here);

  function scrollWithin(box, part) {
    const [outer, inner] = [box.getBoundingClientRect(), part.getBoundingClientRect()];
    const foot = box.querySelector(".side-foot")?.offsetHeight ?? 0;
    const below = inner.bottom + 32 - (outer.bottom - foot);
    if (below > 0) box.scrollTop += below;
  }

  /* Words that were typed are not lost by leaving: the browser asks. */
  const changed = new Set();
  document.addEventListener("input", (event) => {
    const form = event.target.closest?.("form[data-guard]");
    if (form) changed.add(form);
  });
  document.addEventListener("submit", (event) => changed.delete(event.target));
  window.addEventListener("beforeunload", (event) => {
    if ([...changed].some((form) => form.isConnected)) event.preventDefault();
  });

  const isChosenAnew = (select) => [...select.options].some((option) => option.selected !== option.defaultSelected);
  function showIfChanged(form) {
    const button = form.querySelector("[type=submit]");
    if (button) button.hidden = ![...form.querySelectorAll("select")].some(isChosenAnew);
  }
  for (const form of document.querySelectorAll("form[data-until-changed]")) {
    showIfChanged(form);
    form.addEventListener("change", () => showIfChanged(form));
  }

  /* Notes that wait on this device (running.js) are of whoever wrote them: they go at sign-out, after a question where
     something was not sent, and once somebody else is here. */
  function keptNotes() {
    try {
      const stores = [window.localStorage, window.sessionStorage];
      return stores.flatMap((store) => Object.keys(store).filter((key) => key.startsWith("live-notes:")).map((key) => [store, key]));
    } catch {
      return []; // it keeps nothing
    }
  }
  const person = document.body.dataset.person;
  if (person) {
    for (const [store, key] of keptNotes()) if (!key.startsWith(`live-notes:${person}:`)) store.removeItem(key);
  }
  document.addEventListener("submit", (event) => {
    const form = event.target.closest?.("form[data-unsent]");
    if (!form) return;
    const kept = keptNotes();
    const isUnsent = kept.some(([, key]) => key.includes(":queue:"));
    if (isUnsent && !window.confirm(form.dataset.unsent)) event.preventDefault();
    else for (const [store, key] of kept) store.removeItem(key);
  });

  for (const button of document.querySelectorAll("[data-menu-close]")) button.hidden = false;
  const wanting = document.querySelectorAll("[data-focus]");
  if (wanting.length === 1) wanting[0].focus();
})();
