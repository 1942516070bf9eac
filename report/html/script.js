// Filters, zoom and lists. The page can be read without them. Texts of the evidence are only ever set as
// text, never as markup, and never as an address.
"use strict";
(() => {
  const data = JSON.parse(document.getElementById("report-data").textContent);
  const { severities, texts } = data;
  // What stands where in a row: see html_data.go, htmlData.finding and htmlData.event.
  const findings = data.findings.map((r) => ({
    id: r[0], detector: r[1], title: r[2], severity: r[3], first: r[4], last: r[5], count: r[6], subject: r[7], why: r[8],
    principals: r[9], credentials: r[10], ips: r[11], events: r[12],
  }));
  const events = data.events.map((r) => ({
    ordinal: r[0], time: r[1], name: r[2], severity: r[3], principal: r[4], credential: r[5], ip: r[6], error: r[7], id: r[8],
    object: r[9], index: r[10], offset: r[11], account: r[12], region: r[13], findings: [],
  }));
  for (const f of findings) for (const e of f.events) events[e].findings.push(f);

  const NS = "http://www.w3.org/2000/svg";
  const fill = (e, attributes, children) => {
    for (const [k, v] of Object.entries(attributes ?? {})) {
      if (v === undefined || v === false) continue;
      if (k.startsWith("on")) e.addEventListener(k.slice(2), v);
      else e.setAttribute(k, v === true ? "" : v);
    }
    e.append(...children.filter((c) => c !== undefined && c !== null));
    return e;
  };
  const el = (name, attributes, ...children) => fill(document.createElement(name), attributes, children);
  const svg = (name, attributes, ...children) => fill(document.createElementNS(NS, name), attributes, children);
  const text = (n) => texts[n] ?? "";
  const moment = (ms) => { const d = new Date(ms); return isNaN(d) ? "–" : d.toISOString().replace(".000Z", "Z"); };
  const count = (n) => n.toLocaleString("en-US");
  const plural = (n, noun) => `${count(n)} ${noun}${n === 1 ? "" : "s"}`;
  const value = (n) => text(n) ? el("code", {}, text(n)) : el("span", { class: "dim" }, "–");
  const badge = (s) => el("span", { class: `badge sev-${severities[s]}` }, severities[s]);
  const later = (f) => { let timer; return () => { clearTimeout(timer); timer = setTimeout(f, 60); }; };
  // has says of every text whether it has the words.
  const has = (words) => { const w = words.trim().toLowerCase(); return w && lower.map((t) => t.includes(w)); };
  const lower = texts.map((t) => t.toLowerCase());

  const field = (label, attributes) => { const input = el("input", { type: "text", autocomplete: "off", spellcheck: "false", ...attributes }); return [el("label", {}, label, input), input]; };
  const severityBoxes = (changed) => {
    const boxes = severities.map((s, i) => el("input", { type: "checkbox", value: i, checked: true, onchange: changed, "data-severity": s })).reverse();
    const set = el("fieldset", {}, el("legend", {}, "Severity"), el("div", {}, ...boxes.map((b) => el("label", {}, b, severities[b.value]))));
    return [set, () => { const on = []; for (const b of boxes) on[b.value] = b.checked; return on; }];
  };
  const choices = (id, numbers) => el("datalist", { id }, ...[...new Set(numbers)].map(text).filter(Boolean).sort().slice(0, 500).map((t) => el("option", { value: t })));
  const where = (e) => el("span", {}, "event ", value(e.id), " in ", value(e.object), ` record ${e.index}, offset ${e.offset}; `, el("code", {}, `coldtrail show CASE '#${e.ordinal}'`));

  // table shows rows of a list, some at a time.
  const table = (heads, label, row) => {
    const body = el("tbody");
    const status = el("p", { class: "status", role: "status" });
    const step = 100;
    let list = [], shown = 0;
    const further = el("button", { type: "button", onclick: () => show() });
    const show = () => {
      for (const item of list.slice(shown, shown + step)) body.append(row(item));
      shown = Math.min(list.length, shown + step);
      const left = list.length - shown;
      further.hidden = !left;
      further.textContent = `Show ${count(Math.min(left, step))} more of ${count(left)}`;
    };
    const set = (items, words) => { list = items; shown = 0; body.replaceChildren(); status.replaceChildren(...words); show(); };
    const view = el("div", {}, status, el("div", { class: "scroll", role: "region", tabindex: "0", "aria-label": label },
      el("table", {}, el("thead", {}, el("tr", {}, ...heads.map((h) => el("th", { scope: "col" }, h)))), body)), further);
    return [view, set];
  };
  // opened is a row with a button that shows more of it.
  const opened = (cells, label, more) => {
    const columns = cells.length + 1;
    let detail;
    const button = el("button", { type: "button", "aria-expanded": "false", "aria-label": label, onclick: () => {
      if (detail) { detail.remove(); detail = undefined; } else { detail = el("tr", { class: "detail" }, el("td", { colspan: columns }, more())); row.after(detail); }
      button.setAttribute("aria-expanded", String(!!detail));
    } }, "…");
    const row = el("tr", {}, ...cells.map((c) => el("td", {}, ...[c].flat())), el("td", {}, button));
    return row;
  };

  // The explorer: a picture of the events that pass the filter, and their list.
  const explorer = (place) => {
    const plausible = events.filter((e) => e.time >= Date.UTC(2013, 10, 13) && e.time < Date.UTC(2100, 0, 1)).map((e) => e.time);
    if (!plausible.length) return;
    const whole = plausible.reduce(([a, b], t) => [Math.min(a, t), Math.max(b, t)], [plausible[0], plausible[0]]);
    whole[1] += 1000;
    let [from, to] = whole;
    const changed = later(() => update());
    const [wordsLabel, words] = field("Text", { id: "x-text", oninput: changed, placeholder: "event, error, finding …" });
    const [whoLabel, who] = field("Principal or credential", { id: "x-who", oninput: changed, list: "x-whos" });
    const [ipLabel, ip] = field("Source IP", { id: "x-ip", oninput: changed, list: "x-ips" });
    const [boxes, severity] = severityBoxes(changed);
    const zoom = (by, at = (from + to) / 2) => {
      const width = Math.max(1000, (to - from) * by);
      from = at - (at - from) * (width / (to - from));
      clamp(from, from + width);
    };
    const clamp = (a, b) => {
      const width = Math.min(b - a, whole[1] - whole[0]);
      from = Math.min(Math.max(a, whole[0]), whole[1] - width);
      to = from + width;
      update();
    };
    const reset = () => { [from, to] = whole; update(); };
    const button = (label, does, id) => el("button", { type: "button", id, onclick: does }, label);
    const W = Math.min(Math.max(place.clientWidth, 420), 1000), LABEL = 92, LANE = 26, COLUMNS = Math.round((W - 92) / 5), CELL = (W - LABEL) / COLUMNS, HEIGHT = severities.length * LANE + 24;
    const chart = svg("svg", { class: "chart lanes", id: "x-chart", viewBox: `0 0 ${W} ${HEIGHT}`, tabindex: "0", role: "group",
      "aria-label": "Timeline. Arrow keys move, plus and minus zoom, 0 shows all; the list below has the same events." });
    const time = (event) => {
      const box = chart.getBoundingClientRect();
      return from + Math.min(Math.max(((event.clientX - box.left) / box.width * W - LABEL) / (W - LABEL), 0), 1) * (to - from);
    };
    const x = (t) => LABEL + (t - from) / (to - from) * (W - LABEL);
    let drag;
    const band = svg("rect", { class: "band", y: 0, height: HEIGHT - 20, hidden: true });
    chart.addEventListener("pointerdown", (e) => { if (!e.button) { drag = time(e); chart.setPointerCapture(e.pointerId); } });
    chart.addEventListener("pointermove", (e) => {
      if (drag === undefined) return;
      const [a, b] = [drag, time(e)].sort((p, q) => p - q);
      band.setAttribute("x", x(a)); band.setAttribute("width", x(b) - x(a)); chart.append(band);
    });
    chart.addEventListener("pointercancel", () => { drag = undefined; band.remove(); });
    chart.addEventListener("pointerup", (e) => {
      if (drag === undefined) return;
      const [a, b] = [drag, time(e)].sort((p, q) => p - q);
      drag = undefined; band.remove();
      if (x(b) - x(a) > 6) clamp(a, Math.max(b, a + 1000));
    });
    chart.addEventListener("wheel", (e) => { if (e.ctrlKey || e.shiftKey) { e.preventDefault(); zoom(e.deltaY > 0 || e.deltaX > 0 ? 1.4 : 1 / 1.4, time(e)); } }, { passive: false });
    chart.addEventListener("keydown", (e) => {
      const step = (to - from) / 5;
      const does = { ArrowLeft: () => clamp(from - step, to - step), ArrowRight: () => clamp(from + step, to + step), "+": () => zoom(.5), "-": () => zoom(2), "0": reset }[e.key];
      if (does && !e.ctrlKey && !e.metaKey && !e.altKey) { e.preventDefault(); does(); }
    });
    const [list, set] = table(["Ordinal, time", "Findings", "Event", "Principal, credential", "Source IP", "Where"], "Events that pass the filter", (e) => opened([
      [`#${e.ordinal}`, el("span", { class: "line time" }, moment(e.time))], [badge(e.severity), el("span", { class: "line small" }, [...new Set(e.findings.map((f) => text(f.title)))].join("; "))],
      [value(e.name), text(e.error) ? el("span", { class: "line code error" }, text(e.error)) : "", el("span", { class: "line small" }, `${text(e.account)} ${text(e.region)}`)],
      el("div", { class: "who" }, value(e.principal), text(e.credential) ? el("span", { class: "line" }, value(e.credential)) : ""), value(e.ip),
    ], `Where event #${e.ordinal} lies`, () => where(e)));
    const draw = (seen) => {
      const lanes = severities.map(() => new Array(COLUMNS).fill(0));
      for (const e of seen) lanes[e.severity][Math.min(COLUMNS - 1, Math.floor((e.time - from) / (to - from) * COLUMNS))]++;
      const shapes = [];
      lanes.forEach((lane, s) => {
        const y = (severities.length - 1 - s) * LANE + 2;
        shapes.push(svg("text", { x: 0, y: y + LANE - 9 }, severities[s]), svg("rect", { class: "lane", x: LABEL, y, width: W - LABEL, height: LANE - 4 }));
        lane.forEach((n, i) => {
          if (!n) return;
          const start = from + i * (to - from) / COLUMNS;
          shapes.push(svg("rect", { class: `sev-${severities[s]} shade${Math.min(String(n).length, 5)}`, x: LABEL + i * CELL, y, width: Math.max(CELL, 3), height: LANE - 4 },
            svg("title", {}, `${severities[s]}, from ${moment(Math.round(start))}: ${plural(n, "event")}`)));
        });
      });
      for (let i = 0; i < 6; i++) {
        const t = moment(Math.round((from + i * (to - from) / 6) / 1000) * 1000);
        const short = to - from > 20 * 864e5 ? t.slice(0, 10) : to - from > 216e5 ? t.slice(5, 16).replace("T", " ") : t.slice(11, 19);
        shapes.push(svg("text", { class: "tick", x: LABEL + i * (W - LABEL) / 6, y: HEIGHT - 6 }, short));
      }
      chart.replaceChildren(...shapes);
    };
    const update = () => {
      const on = severity(), byText = has(words.value), byWho = has(who.value), byIP = has(ip.value);
      const fits = (e) => on[e.severity] && (!byWho || byWho[e.principal] || byWho[e.credential]) && (!byIP || byIP[e.ip]) &&
        (!byText || byText[e.name] || byText[e.principal] || byText[e.credential] || byText[e.ip] || byText[e.error] || byText[e.id] || byText[e.object] || byText[e.account] || byText[e.region] ||
          e.findings.some((f) => byText[f.title] || byText[f.detector] || byText[f.why] || byText[f.subject] || byText[f.id]));
      const passing = events.filter(fits);
      const seen = passing.filter((e) => e.time >= from && e.time < to);
      draw(seen);
      const off = from === whole[0] && to === whole[1] ? passing.filter((e) => e.time < whole[0] || e.time >= whole[1]) : [];
      set([...seen, ...off], [el("b", {}, count(seen.length + off.length)), ` of ${plural(events.length, "event")} of findings, ${moment(Math.floor(from / 1000) * 1000)} to ${moment(Math.ceil(to / 1000) * 1000)}`]);
      out.disabled = all.disabled = from === whole[0] && to === whole[1];
    };
    const out = button("Zoom out", () => zoom(2), "x-out"), all = button("Show all", () => {
      words.value = who.value = ip.value = "";
      reset();
    }, "x-all");
    place.append(
      el("div", { class: "tools", role: "group", "aria-label": "Filter of the timeline" }, wordsLabel, whoLabel, ipLabel, boxes, el("span", {}, button("Zoom in", () => zoom(.5), "x-in"), " ", out, " ", all)),
      choices("x-whos", events.flatMap((e) => [e.principal, e.credential])), choices("x-ips", events.map((e) => e.ip)),
      chart, el("p", { class: "note" }, "Drag over the picture to zoom into that time; with the Control or Shift key the wheel zooms too."), list);
    update();
    document.documentElement.classList.add("scripted");
  };

  // The list of all findings that the page has.
  const all = (place) => {
    if (!findings.length) return;
    const changed = later(() => update());
    const [wordsLabel, words] = field("Text", { id: "f-text", oninput: changed, placeholder: "title, subject, address …" });
    const [boxes, severity] = severityBoxes(changed);
    const names = (numbers) => numbers.length ? numbers.flatMap((n, i) => i ? [", ", value(n)] : [value(n)]) : ["–"];
    const [list, set] = table(["Severity", "Finding", "Subject", "Events", "First", "Last", "More"], "Findings that pass the filter", (f) => opened([
      badge(f.severity), [text(f.title), el("span", { class: "line small" }, text(f.detector))], value(f.subject), count(f.count), el("span", { class: "time" }, moment(f.first)), el("span", { class: "time" }, moment(f.last)),
    ], `More of finding ${text(f.id)}`, () => el("div", {},
      el("dl", { class: "facts" }, el("dt", {}, "Finding"), el("dd", {}, value(f.id)), el("dt", {}, "Seen"), el("dd", {}, text(f.why)), el("dt", {}, "Principals"), el("dd", {}, ...names(f.principals)),
        el("dt", {}, "Credentials"), el("dd", {}, ...names(f.credentials)), el("dt", {}, "Source IPs"), el("dd", {}, ...names(f.ips))),
      el("ul", { class: "trail" }, ...f.events.map((n) => events[n]).map((e) => el("li", {}, el("span", { class: "time" }, moment(e.time)), " ", value(e.name), text(e.error) ? ` ${text(e.error)} ` : " ", where(e))),
        f.count > f.events.length ? el("li", { class: "dim" }, `+${plural(f.count - f.events.length, "more event")}, see findings.jsonl`) : null))));
    const update = () => {
      const on = severity(), by = has(words.value);
      const seen = findings.filter((f) => on[f.severity] && (!by || by[f.title] || by[f.detector] || by[f.subject] || by[f.why] || by[f.id] || [f.principals, f.credentials, f.ips].some((l) => l.some((n) => by[n]))));
      seen.sort((a, b) => b.severity - a.severity || a.first - b.first);
      set(seen, [el("b", {}, count(seen.length)), ` of ${plural(findings.length, "finding")} that this page has`]);
    };
    place.append(el("h3", {}, "All findings, to search"), el("div", { class: "tools", role: "group", "aria-label": "Filter of the findings" }, wordsLabel, boxes), list);
    update();
  };

  // Which section is being read.
  const contents = () => {
    const links = new Map([...document.querySelectorAll(".contents a")].map((a) => [a.hash.slice(1), a]));
    const watch = new IntersectionObserver((entries) => {
      for (const e of entries) if (e.isIntersecting) {
        for (const a of links.values()) a.removeAttribute("aria-current");
        links.get(e.target.id)?.setAttribute("aria-current", "true");
      }
    }, { rootMargin: "0px 0px -75% 0px" });
    for (const id of links.keys()) { const s = document.getElementById(id); if (s) watch.observe(s); }
  };

  // A link into what is folded unfolds it.
  const unfold = () => document.getElementById(location.hash.slice(1))?.closest("details")?.setAttribute("open", "");
  addEventListener("hashchange", unfold);

  for (const [id, make] of [["explorer", explorer], ["all-findings", all]]) { const place = document.getElementById(id); if (place) make(place); }
  contents();
  unfold();
})();
