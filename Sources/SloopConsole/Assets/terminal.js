// A shell on an instance: what it shows comes as server-sent events, what is typed goes by POST.
"use strict";

(() => {
  const box = document.getElementById("terminal");
  const state = document.getElementById("terminal-state");
  const again = document.getElementById("terminal-again");
  const ending = document.getElementById("terminal-end");
  const formToken = document.querySelector("input[name=form-token]").value;
  const sequences = { escape: "\x1b", tab: "\t", interrupt: "\x03", end: "\x04", up: "\x1b[A", down: "\x1b[B" };
  const font = { size: 14, family: 'ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace' };

  // How many characters fit. What draws them rounds the width of one down, and the height up.
  function measure() {
    const probe = document.createElement("span");
    probe.textContent = "W".repeat(100);
    Object.assign(probe.style, {
      position: "absolute", visibility: "hidden", whiteSpace: "pre", fontFamily: font.family, fontSize: font.size + "px",
      lineHeight: "normal",
    });
    box.append(probe);
    const { width, height } = probe.getBoundingClientRect();
    probe.remove();
    const space = box.getBoundingClientRect();
    return {
      columns: Math.max(20, Math.floor((space.width - 24) / (width / 100))),
      rows: Math.max(8, Math.floor((space.height - 16) / Math.ceil(height))),
    };
  }

  // Each can be read on the background, also the dark ones.
  const theme = {
    background: "#0e141a", foreground: "#dfe7ee", cursor: "#dfe7ee", cursorAccent: "#0e141a",
    black: "#61707e", red: "#ff8379", green: "#7bd88f", yellow: "#e5c07b", blue: "#7ab7ff", magenta: "#d6a6ff",
    cyan: "#6fd6dd", white: "#c9d3dc", brightBlack: "#8b98a5", brightRed: "#ffb3aa", brightGreen: "#a5ecb4",
    brightYellow: "#ffd88a", brightBlue: "#a9d1ff", brightMagenta: "#e6c8ff", brightCyan: "#a4eef3", brightWhite: "#ffffff",
  };

  let size = measure();
  const term = new Terminal({
    cols: size.columns, rows: size.rows, fontFamily: font.family, fontSize: font.size, cursorBlink: false,
    screenReaderMode: true, scrollback: 5000, theme,
  });
  // Version 5 draws with style elements unless it is told otherwise, and the page's policy has none.
  if (window.CanvasAddon) term.loadAddon(new CanvasAddon.CanvasAddon());
  term.open(box);
  // Version 3 calls its lines items, and forgets of what.
  const lines = box.querySelector(".xterm-accessibility-tree");
  if (lines && !lines.hasAttribute("role")) lines.setAttribute("role", "list");
  const on = (name, listener) => (term.on ? term.on(name, listener)
    : term[{ data: "onData" }[name]](listener));
  term.attachCustomKeyEventHandler((event) => {
    const isWayOut = event.ctrlKey && event.shiftKey && event.code === "KeyX";
    if (isWayOut && event.type === "keydown") {
      event.preventDefault();
      (ending.hidden ? again : ending).focus();
    }
    // Left to the browser, which pastes.
    const isPaste = event.ctrlKey && event.shiftKey && event.code === "KeyV";
    return !isWayOut && !isPaste;
  });

  let id = null;
  let stream = null;

  function show(word, tone) {
    state.textContent = word;
    state.className = "chip " + tone;
    again.hidden = tone === "good" || tone === "busy";
    ending.hidden = tone !== "good";
  }

  async function post(path, fields) {
    const answer = await fetch(path, {
      method: "POST", redirect: "manual", body: new URLSearchParams({ ...fields, "form-token": formToken }),
    });
    if (answer.type === "opaqueredirect") throw new Error("Your session has ended. Sign in again to go on.");
    const text = await answer.text();
    if (!answer.ok) throw new Error(answer.headers.get("content-type").startsWith("text/plain") ? text.trim()
      : "Sloop does not take this any more. Load the page again.");
    return text.trim();
  }

  function finish(word, text) {
    stream?.close();
    stream = null;
    id = null;
    show(word, word === "ended" ? "quiet" : "bad");
    if (text) term.write(`\r\n\x1b[7m ${text.replace(/[\x00-\x1f]/g, " ")} \x1b[0m\r\n`);
  }

  async function open() {
    show("connecting", "busy");
    try {
      id = await post(box.dataset.open, size);
    } catch (error) {
      return finish("not connected", error.message);
    }
    const decoder = new TextDecoder();
    stream = new EventSource("/stream/terminals/" + id);
    stream.addEventListener("open", () => { if (id) show("connected", "good"); });
    stream.addEventListener("output", (event) => {
      const bytes = Uint8Array.from(atob(event.data), (one) => one.charCodeAt(0));
      term.write(decoder.decode(bytes, { stream: true }));
    });
    stream.addEventListener("over", () => finish("ended", "The shell has ended."));
    stream.addEventListener("ended", () => finish("ended", "Your session has ended. Sign in again to go on."));
    stream.addEventListener("error", () => {
      if (!stream) return;
      stream.readyState === EventSource.CLOSED ? finish("not connected", "The terminal is gone.")
        : show("Sloop does not answer", "busy");
    });
    term.focus();
  }

  // What is typed goes out in order: one request at a time, each with all that came meanwhile.
  let typed = "";
  let isSending = false;
  const most = 16384;

  async function send() {
    if (isSending) return;
    isSending = true;
    while (typed && id) {
      let cut = Math.min(typed.length, most);
      // Not between the halves of a character.
      if (cut < typed.length && /[\ud800-\udbff]/.test(typed[cut - 1])) cut -= 1;
      const part = typed.slice(0, cut);
      try {
        await post(`/terminals/${id}/keys`, { keys: part });
        typed = typed.slice(cut);
      } catch (error) {
        typed = "";
        if (id) finish("not connected", error.message);
      }
    }
    isSending = false;
  }

  function type(text) {
    if (!id) return;
    typed += text;
    send();
  }

  on("data", type);
  for (const button of document.querySelectorAll("[data-keys]")) {
    button.addEventListener("click", () => { type(sequences[button.dataset.keys]); term.focus(); });
  }
  again.addEventListener("click", () => { term.reset(); open(); });
  ending.addEventListener("click", () => {
    const closed = id;
    finish("ended", "The shell has ended.");
    again.focus();
    post(`/terminals/${closed}/close`, {}).catch(() => {});
  });

  let pause = null;
  new ResizeObserver(() => {
    clearTimeout(pause);
    pause = setTimeout(() => {
      const now = measure();
      if (now.columns === size.columns && now.rows === size.rows) return;
      size = now;
      term.resize(size.columns, size.rows);
      if (id) post(`/terminals/${id}/size`, size).catch(() => {});
    }, 100);
  }).observe(box);

  addEventListener("pagehide", () => {
    if (id) navigator.sendBeacon(`/terminals/${id}/close`, new URLSearchParams({ "form-token": formToken }));
    stream?.close();
  });
  // Back by the browser's history: the shell has ended with the page.
  addEventListener("pageshow", (event) => { if (event.persisted && id) finish("ended", "The shell has ended."); });

  open();
})();
