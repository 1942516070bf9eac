// Conveniences. Every page works without them.
"use strict";

// Fields that were left empty do not clutter the address.
document.addEventListener("submit", (e) => {
  if (!e.target.matches("form[data-tidy]")) return;
  const named = [...e.target.elements].filter((x) => x.name);
  for (const x of named) if (x.type === "text" && x.name !== "grep") x.value = x.value.trim();
  const around = named.some((x) => /^(not-)?around$/.test(x.name) && x.value.trim());
  const idle = named.filter((x) => x.value.trim() === "" || (x.name === "window" && !around));
  for (const x of idle) x.disabled = true;
  setTimeout(() => { for (const x of idle) x.disabled = false; });
});

// Who comes back by the browser's history finds no field disabled.
addEventListener("pageshow", () => {
  for (const x of document.querySelectorAll("form[data-tidy] :disabled")) x.disabled = false;
});

// Keys: / searches; j and k go through the rows, Enter opens one; n and p turn the page; Ctrl+Enter runs SQL.
document.addEventListener("keydown", (e) => {
  const field = e.target.closest("input, textarea, select");
  if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && e.target.matches("[data-submit]")) {
    e.target.form.requestSubmit();
    return;
  }
  if (e.ctrlKey || e.metaKey || e.altKey || (field && e.key !== "Escape")) return;
  const go = (rel) => document.querySelector(`a[rel="${rel}"]`)?.click();
  const rows = [...document.querySelectorAll("a.row")];
  const step = (by) => {
    const at = rows.indexOf(document.activeElement);
    const next = rows[at < 0 ? (by > 0 ? 0 : rows.length - 1) : at + by];
    if (next) { next.focus(); next.scrollIntoView({ block: "nearest" }); }
  };
  switch (e.key) {
    case "j": step(1); break;
    case "k": step(-1); break;
    case "n": go("next"); break;
    case "p": go("prev"); break;
    case "/": (document.querySelector("main form input:not([type=hidden])") ?? document.querySelector("#lookup"))?.focus(); break;
    case "Escape": field?.blur(); return;
    default: return;
  }
  e.preventDefault();
});
