/* Keeps [data-live-url] regions fresh: asks every data-live-seconds with If-None-Match, swaps only what changed.
   Pauses while the tab is hidden or a control inside is in use; says so when the server does not answer. */
(() => {
  "use strict";
  const etags = new WeakMap();

  const positions = (region) =>
    new Map([...region.querySelectorAll("[data-key]")].map((row) => [row.dataset.key, row]));

  function highlight(region, before) {
    for (const [key, row] of positions(region)) {
      const old = before.get(key);
      if (!old) row.classList.add("is-new");
      else if (Number(row.dataset.rank) < Number(old.dataset.rank)) row.classList.add("is-up");
      else if (Number(row.dataset.rank) > Number(old.dataset.rank)) row.classList.add("is-down");
      else if (row.dataset.figures !== old.dataset.figures) row.classList.add("is-changed");
    }
  }

  function swap(region, html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById(region.id);
    if (!fresh) return;
    const before = positions(region);
    const focused = document.activeElement && region.contains(document.activeElement) ? document.activeElement.id : "";
    const said = region.querySelector("[data-live-summary]")?.textContent;
    const summary = fresh.querySelector("[data-live-summary]");
    const news = summary && summary.textContent !== said ? summary.textContent : "";
    region.replaceChildren(...fresh.childNodes);
    highlight(region, before);
    if (window.htmx) window.htmx.process(region);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    const voice = document.getElementById(`${region.id}-says`);
    if (voice && news) voice.textContent = news;
  }

  async function refresh(region) {
    const headers = { "HX-Request": "true" };
    const etag = etags.get(region) || region.dataset.liveEtag;
    if (etag) headers["If-None-Match"] = etag;
    const answer = await fetch(region.dataset.liveUrl, { headers, cache: "no-store", credentials: "same-origin", redirect: "manual" });
    const elsewhere = answer.headers.get("HX-Redirect");
    if (elsewhere) window.location.assign(elsewhere);
    else if (answer.type === "opaqueredirect") window.location.reload();
    else if (answer.status === 200) {
      etags.set(region, answer.headers.get("ETag"));
      swap(region, await answer.text());
    } else if (answer.status !== 304) throw new Error(String(answer.status));
  }

  function isBusy(region) {
    return document.hidden || region.querySelector("details[open], :is(input, select, textarea):focus") !== null;
  }

  function keepFresh(region) {
    const pause = Number(region.dataset.liveSeconds || 2) * 1000;
    let wait = pause;
    const tick = async () => {
      if (!isBusy(region)) {
        try {
          await refresh(region);
          wait = pause;
          region.removeAttribute("data-stale");
        } catch {
          wait = Math.min(wait * 2, 60000);
          region.setAttribute("data-stale", "");
        }
      }
      window.setTimeout(tick, wait);
    };
    window.setTimeout(tick, wait);
  }

  document.querySelectorAll("[data-live-url]").forEach(keepFresh);
})();
