/* Times tasks on a session's live page and saves them, problems too, through the queue of running.js. A running timer is
   a start without seconds: a reload, or another note taker's page, goes on with it. */
(() => {
  "use strict";
  const live = window.liveSession;
  const panel = document.getElementById("live-tasks");
  if (!live || !panel) return;
  const participant = panel.dataset.participant;
  const forms = [...panel.querySelectorAll(".live-run")];
  const field = (form, name) => form.elements.namedItem(name);
  const tenth = (seconds) => Math.round(seconds * 10) / 10;

  const isRunning = (form) => field(form, "started_at").value && !field(form, "seconds").value && !field(form, "outcome").value;

  function seconds(form) {
    const kept = field(form, "seconds").value;
    if (kept) return Number(kept);
    return isRunning(form) ? Math.max(0, (live.now() - Number(field(form, "started_at").value)) / 1000) : 0;
  }

  function draw(form) {
    const whole = Math.floor(seconds(form));
    const words = `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
    const box = form.querySelector("[data-time]");
    if (box.textContent !== words) box.textContent = words;
    const runs = Boolean(isRunning(form));
    form.querySelector("[data-start]").hidden = runs;
    form.querySelector("[data-stop]").hidden = !runs;
    form.classList.toggle("is-running", runs);
  }

  const pending = (form) =>
    live.kept().find((item) => item.kind === "run" && item.fields.task === form.dataset.task && item.fields.participant === participant);

  function save(form) {
    const fields = {};
    for (const control of form.elements) if (control.name && control.name !== "csrfmiddlewaretoken") fields[control.name] = control.value;
    const said = `${form.querySelector("h3").textContent} ${form.querySelector("[data-time]").textContent}`;
    live.send({ kind: "run", place: pending(form)?.place, url: form.getAttribute("action"), fields, said });
    form.querySelector("[data-said]").textContent = "";
    draw(form);
  }

  function start(form) {
    field(form, "started_at").value = live.now() - Math.round(seconds(form) * 1000); // a pause does not count
    field(form, "seconds").value = "";
    field(form, "outcome").value = "";
    const task = document.getElementById("live-composer").elements.namedItem("task");
    if (task) task.value = form.dataset.task; // what is noted now belongs to this task
    save(form);
  }

  function stop(form) {
    field(form, "seconds").value = tenth(seconds(form));
    save(form);
  }

  function fill(form, run) {
    for (const [name, value] of Object.entries(run)) {
      const control = field(form, name);
      if (control) control.value = value ?? "";
    }
    draw(form);
  }

  for (const form of forms) {
    form.querySelector("[type=submit]").hidden = true; // it is saved with every change
    form.querySelector("[data-start]").addEventListener("click", () => start(form));
    form.querySelector("[data-stop]").addEventListener("click", () => stop(form));
    form.querySelector("[data-error]").addEventListener("click", () => {
      field(form, "errors_made").value = Number(field(form, "errors_made").value || 0) + 1;
      save(form);
    });
    form.addEventListener("change", (event) => {
      const started = field(form, "started_at").value;
      if (event.target.name === "outcome" && event.target.value && started && !field(form, "seconds").value) {
        field(form, "seconds").value = tenth(Math.max(0, (live.now() - Number(started)) / 1000));
      }
      if (event.target.name === "seconds") field(form, "started_at").value = ""; // typed by hand: no clock knows better
      save(form);
    });
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      save(form);
    });
    const waits = pending(form);
    if (waits) fill(form, waits.fields);
    draw(form);
  }
  window.setInterval(() => forms.filter(isRunning).forEach(draw), 250);

  live.onAnswer("run", (item, data, isTaken) => {
    const form = forms.find((one) => one.dataset.task === item.fields.task);
    if (!form || item.fields.participant !== participant) return !isTaken && Boolean(data.run);
    if (isTaken) field(form, "revision").value = data.run.revision;
    else if (data.run) {
      const mine = `${item.said}, ${item.fields.errors_made || 0}`;
      fill(form, data.run);
      form.querySelector("[data-said]").textContent = `${live.words.run_changed} (${mine})`;
      return true;
    }
    return false;
  });

  // --- problems ---------------------------------------------------------------------------------------------------

  const list = document.getElementById("live-problems");
  const template = document.getElementById("live-problem-template");
  const choice = document.getElementById("live-composer").elements.namedItem("problem");

  list.addEventListener("change", (event) => {
    const form = event.target.closest("form[data-problem]");
    const fields = { problem: form.dataset.problem, participant };
    if (event.target.checked) fields.is_seen = "on";
    live.send({ kind: "sighting", url: form.getAttribute("action"), fields, said: form.querySelector("label").textContent });
  });

  const fresh = document.getElementById("live-new-problem");
  fresh.addEventListener("submit", (event) => {
    event.preventDefault();
    const fields = Object.fromEntries(new FormData(fresh));
    delete fields.csrfmiddlewaretoken;
    live.send({ kind: "problem", url: fresh.getAttribute("action"), fields, said: fields.title });
    field(fresh, "title").value = "";
    field(fresh, "title").focus();
  });

  function hearProblem(problem) {
    if (!list.querySelector(`[data-problem="${problem.id}"]`)) {
      const line = template.content.firstElementChild.cloneNode(true);
      line.querySelector("form").dataset.problem = problem.id;
      line.querySelector("input[type=checkbox]").id = `seen-${problem.id}`;
      line.querySelector("label").htmlFor = `seen-${problem.id}`;
      line.querySelector("label").textContent = problem.title;
      line.querySelector("[data-severity]").textContent = problem.severity;
      list.append(line);
    }
    if (choice && ![...choice.options].some((option) => option.value === String(problem.id))) {
      choice.append(new Option(problem.title, problem.id));
    }
  }

  live.onTold((data) => {
    for (const run of data.runs || []) {
      const form = forms.find((one) => one.dataset.task === String(run.task));
      const isOurs = String(run.participant) === participant;
      if (!form || !isOurs || pending(form) || form.contains(document.activeElement)) continue;
      if (run.revision > Number(field(form, "revision").value)) fill(form, run);
    }
    (data.problems || []).forEach(hearProblem);
    const waits = new Set(live.kept().filter((item) => item.kind === "sighting").map((item) => item.fields.problem));
    const seen = new Set((data.seen || []).filter((pair) => String(pair[1]) === participant).map((pair) => String(pair[0])));
    for (const form of list.querySelectorAll("[data-problem]")) {
      if (!waits.has(form.dataset.problem)) form.querySelector("input[type=checkbox]").checked = seen.has(form.dataset.problem);
    }
  });
})();
