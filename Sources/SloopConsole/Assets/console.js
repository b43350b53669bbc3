// What is live in the pages. Without it everything works by forms and reloading.
"use strict";

const notice = document.getElementById("notice");
function say(text) {
  notice.textContent = text;
  notice.hidden = !text;
}

// The parts of the page that the server draws anew when something changes.

const held = new Map();

function mark(element) {
  return element.id ? "#" + CSS.escape(element.id)
    : element.getAttribute("href") ? `a[href="${CSS.escape(element.getAttribute("href"))}"]`
    : element.form ? `form[action="${CSS.escape(element.form.getAttribute("action"))}"] button` : null;
}

function swap(name, html) {
  const part = document.getElementById(name);
  // What is there already, as when the page was just loaded, is left alone.
  const drawn = document.createElement("template");
  drawn.innerHTML = html;
  if (!part || drawn.innerHTML.trim() === part.innerHTML.trim()) return;
  const active = document.activeElement;
  const isInside = part.contains(active);
  if (isInside && active.matches("input, select, textarea")) {
    // Nobody loses what is being typed.
    if (!held.has(name)) active.addEventListener("blur", () => {
      const latest = held.get(name);
      held.delete(name);
      setTimeout(() => swap(name, latest));
    }, { once: true });
    held.set(name, html);
    return;
  }
  const focused = isInside ? mark(active) : null;
  const opened = [...part.querySelectorAll("details[open][id]")].map((one) => one.id);
  const scrolled = [...part.querySelectorAll(".scroll")].map((box) => box.scrollLeft);
  part.replaceChildren(drawn.content);
  part.querySelectorAll(".scroll").forEach((box, index) => { box.scrollLeft = scrolled[index] || 0; });
  for (const id of opened) document.getElementById(id)?.setAttribute("open", "");
  if (focused) part.querySelector(focused)?.focus({ preventScroll: true });
}

const log = document.getElementById("log");
const longestLog = 2000000;
let logged = 0;

function append(text) {
  const isAtEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
  log.append(text);
  logged += text.length;
  while (logged > longestLog && log.childNodes.length > 1) {
    logged -= log.firstChild.length;
    log.firstChild.remove();
  }
  if (isAtEnd) log.scrollTop = log.scrollHeight;
}

let stream = null;

function listen() {
  if (stream || document.hidden) return;
  stream = new EventSource(document.body.dataset.stream);
  for (const name of document.body.dataset.parts.split(" ")) {
    stream.addEventListener(name, (event) => swap(name, event.data));
  }
  if (log) {
    stream.addEventListener("log-begin", () => { log.textContent = ""; logged = 0; });
    stream.addEventListener("log", (event) => append(event.data));
  }
  stream.addEventListener("gone", () => { quit(); say("This is gone, and what you see is how it was. Operations say why."); });
  stream.addEventListener("ended", () => { quit(); say("Your session has ended. Sign in again to go on."); });
  stream.addEventListener("open", () => say(""));
  stream.addEventListener("error", () => {
    if (!stream) return;
    say(stream.readyState === EventSource.CLOSED
      ? "This page is no longer live. Reload it to see what is new." : "Sloop does not answer. Trying again…");
  });
}

function quit() {
  stream?.close();
  stream = null;
}

if (document.body.dataset.stream) {
  listen();
  // A browser has few connections for a server: a page that nobody looks at needs none.
  document.addEventListener("visibilitychange", () => { document.hidden ? quit() : listen(); });
  addEventListener("pagehide", quit);
  addEventListener("pageshow", listen);
}

// What is to be copied.

if (navigator.clipboard) {
  for (const button of document.querySelectorAll("[data-copy]")) {
    button.hidden = false;
    button.addEventListener("click", async () => {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      const before = button.innerHTML;
      button.textContent = "Copied";
      setTimeout(() => { button.innerHTML = before; }, 1500);
    });
  }
}

// The price of what is chosen.

const form = document.getElementById("create-form");
if (form) {
  const sum = () => {
    const plan = form.querySelector("input[name=plan]:checked");
    if (!plan) return;
    const count = Math.min(20, Math.max(1, parseInt(form.elements.count.value, 10) || 1));
    const cents = Number(plan.dataset.cents) * count;
    document.getElementById("total-month").textContent = (cents / 100).toFixed(2);
    document.getElementById("total-hour").textContent = (Math.round(cents * 100 / 744) / 10000).toFixed(4);
    document.getElementById("total-words").textContent = `${count} × ${plan.dataset.label}`;
  };
  form.addEventListener("input", sum);
  sum();
  form.elements["new-key"].addEventListener("focus", () => {
    form.querySelector("input[name=key][value=new]").checked = true;
  });
}

// A rotation with one click, where a page can know that a file was written: the new key is in it, whole, before anything
// changes. Elsewhere there is a page in between, on which a person says so.

async function rotate(form) {
  const token = form.elements["form-token"].value;
  const handle = await showSaveFilePicker({ suggestedName: form.dataset.rotate + "-new.pem" });
  const answer = await fetch(form.action, {
    method: "POST", redirect: "manual", body: new URLSearchParams({ "form-token": token, as: "json" }),
  });
  if (answer.headers.get("content-type") !== "application/json") throw new Error("no key was made; load the page again");
  const { rotation, privateKey } = await answer.json();
  const file = await handle.createWritable();
  await file.write(privateKey);
  await file.close();
  if (await (await handle.getFile()).text() !== privateKey) throw new Error("the file does not hold the new key");
  const start = document.createElement("form");
  Object.assign(start, { method: "post", action: `/keys/${form.dataset.rotate}/rotate`, hidden: true });
  for (const [name, value] of Object.entries({ "form-token": token, rotation })) {
    start.append(Object.assign(document.createElement("input"), { type: "hidden", name, value }));
  }
  document.body.append(start);
  start.submit();
}

document.addEventListener("submit", (event) => {
  if (!event.target.dataset.rotate || !window.showSaveFilePicker) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  rotate(event.target).catch((error) => {
    // Who closes the dialog wants nothing.
    if (error.name !== "AbortError") say(`Nothing was rotated: ${error.message}.`);
  });
});

const saved = document.querySelector("a[data-save]");
if (saved) {
  saved.click();
  const saving = document.getElementById("saving");
  saving.textContent = `Your browser was given ${saved.download}. See that it is there before you go on.`;
  saving.hidden = false;
  saved.classList.remove("primary");
  saved.textContent = `Download ${saved.download} again`;
}

// What is wrong comes first.

document.querySelector("[aria-invalid=true]")?.focus();

// A form is sent once.

document.addEventListener("submit", (event) => {
  if (event.target.dataset.isSent) return event.preventDefault();
  event.target.dataset.isSent = "yes";
  setTimeout(() => { delete event.target.dataset.isSent; }, 5000);
});
