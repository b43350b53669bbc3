// Modules of Node.js that name each other by paths, as one script for a browser.
(() => {
  "use strict";
  const modules = {/* MODULES */};
  const loaded = new Map();

  function load(name) {
    if (!loaded.has(name)) {
      const module = { exports: {} };
      loaded.set(name, module);
      modules[name]((wanted) => load(resolve(name, wanted)), module, module.exports);
    }
    return loaded.get(name).exports;
  }

  function resolve(from, wanted) {
    const path = from.split("/").slice(0, -1);
    for (const part of wanted.split("/")) {
      if (part === "..") path.pop();
      else if (part !== ".") path.push(part);
    }
    return path.join("/") + ".js";
  }

  window.Terminal = load("/* ENTRY */").Terminal;
})();
