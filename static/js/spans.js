/* Words that are selected in a text marked data-words go into the form marked data-span-form: what they are, and which
   characters (code points) of the text. Without it they are typed or chosen; the server finds them. */
(() => {
  "use strict";
  const SHOWN = 200; // characters of a long selection in the field; its place says all of it

  const area = (node) => (node instanceof Element ? node : node?.parentElement)?.closest("[data-words]");
  const formOf = (words) => document.getElementById(words.dataset.words) ?? document.querySelector("form[data-span-form]");

  function charactersBefore(words, node, offset) {
    const range = document.createRange();
    range.setStart(words, 0);
    range.setEnd(node, offset);
    return [...textOf(range)].length;
  }

  function textOf(range) {
    const part = range.cloneContents();
    for (const extra of part.querySelectorAll("[data-not-words]")) extra.remove();
    return part.textContent;
  }

  function take() {
    const selection = window.getSelection();
    if (!selection || selection.isCollapsed || selection.rangeCount === 0) return;
    const range = selection.getRangeAt(0);
    const words = area(range.startContainer);
    if (!words || words !== area(range.endContainer)) return;
    const place = words.querySelector("[data-words-text]") ?? words;
    const form = formOf(words);
    const chosen = textOf(range);
    if (!form?.elements.quoted || !chosen.trim()) return;
    form.elements.quoted.value = chosen.length > SHOWN ? `${chosen.slice(0, SHOWN)}…` : chosen.trim();
    form.elements.span_start.value = charactersBefore(place, range.startContainer, range.startOffset);
    form.elements.span_end.value = charactersBefore(place, range.endContainer, range.endOffset);
    form.closest("details")?.setAttribute("open", "");
  }

  document.addEventListener("selectionchange", take);
  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (event.target.name !== "quoted" || !form || !("spanForm" in form.dataset)) return;
    form.elements.span_start.value = "";
    form.elements.span_end.value = "";
  });
})();
