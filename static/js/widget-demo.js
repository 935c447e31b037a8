// What a host page does with the widget: opens it, tells it of an event, says who is signed in, and listens.
"use strict";

(() => {
  const { identity } = document.currentScript.dataset;
  const log = document.getElementById("log");
  const acts = {
    open: () => window.FeedbackWidget.open(),
    track: () => window.FeedbackWidget.track("measured"),
    identify: () => window.FeedbackWidget.identify(identity),
  };

  document.addEventListener("click", (event) => {
    const act = event.target instanceof Element && event.target.closest("[data-act]");
    if (act) acts[act.dataset.act]();
  });
  document.addEventListener("feedbackwidget:ready", () => {
    for (const type of ["invite", "open", "close", "sent", "kept"]) {
      window.FeedbackWidget.on(type, (detail) => (log.textContent = `${type}: ${detail.form}`));
    }
  });
})();
