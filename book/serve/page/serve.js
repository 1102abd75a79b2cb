"use strict";
// Shows the edition in a frame, puts each new one in its place without a flash, and says what is wrong with the book.

const at = (id) => document.getElementById(id);
const BLOCKS = "h1, h2, h3, h4, h5, h6, p, li, dt, dd, td, th, pre, figcaption, summary, img, svg, math";
const calm = matchMedia("(prefers-reduced-motion: reduce)");

let state = null;
let shown = null; // {frame, version, blocks}
let coming = null; // the frame that is being loaded, and its version
let edited = -1; // the number of the block of the latest edit
let pagesShown = "";
let warnings = -1;
let dismissed = "";

// The edition.

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** Return the blocks of a page, each as an element and what makes it differ from another. */
function blocks(page) {
  return Array.from(page.querySelectorAll("body > * header, main")).flatMap((part) =>
    Array.from(part.querySelectorAll(BLOCKS))
      .filter((element) => !element.closest(".hb-said, .hb-page-mark, button"))
      .map((element) => ({ element, key: element.tagName + key(element) })));
}

function key(element) {
  if (element.tagName === "IMG") return `${element.src.length} ${element.src.slice(-120)} ${element.alt} ${element.style.cssText}`;
  if (element.tagName === "svg") return element.outerHTML.length + element.textContent;
  return element.textContent;
}

/** Return where the lists begin to differ, and how many blocks at their ends agree. */
function difference(before, after) {
  let start = 0;
  const most = Math.min(before.length, after.length);
  while (start < most && before[start].key === after[start].key) start += 1;
  let end = 0;
  while (end < most - start && before[before.length - 1 - end].key === after[after.length - 1 - end].key) end += 1;
  return { start, end, same: start === before.length && start === after.length };
}

/** Return the number of the first block that can be seen, or -1. */
function first(page, list) {
  const height = page.defaultView.innerHeight;
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[middle].element.getBoundingClientRect().bottom <= 0) low = middle + 1; else high = middle;
  }
  return low < list.length && list[low].element.getBoundingClientRect().top < height ? low : -1;
}

function load(version) {
  if ((shown && shown.version === version && !coming) || (coming && coming.version === version)) return;
  if (coming) coming.frame.remove();
  // A place in the address keeps the page from offering the place where reading stopped.
  const frame = make("iframe", { title: "The book", src: `html?v=${version}#page-top` });
  const mine = (coming = { frame, version });
  frame.addEventListener("load", () => { if (coming === mine) replace(mine); });
  at("page").append(frame);
}

function replace({ frame, version }) {
  const page = frame.contentDocument, view = frame.contentWindow;
  const list = blocks(page), before = shown;
  if (before) {
    const old = before.frame.contentDocument, oldView = before.frame.contentWindow;
    const change = difference(before.blocks, list);
    const reading = first(old, before.blocks);
    for (const box of old.querySelectorAll("details[id]")) {
      const same = page.getElementById(box.id);
      if (same) same.open = box.open;
    }
    let kept = -1;
    if (reading >= 0) kept = reading < change.start ? reading : Math.max(change.start, reading + list.length - before.blocks.length);
    if (kept >= 0 && kept < list.length) {
      const by = list[kept].element.getBoundingClientRect().top - before.blocks[reading].element.getBoundingClientRect().top;
      view.scrollBy({ top: by, behavior: "instant" });
    } else {
      view.scrollTo({ top: oldView.scrollY, behavior: "instant" });
    }
    if (!change.same && list.length) {
      edited = Math.min(change.start, list.length - 1);
      if (at("follow").checked) visit(view, list[edited].element);
    }
  }
  listen(frame);
  frame.classList.add("shown");
  if (before) {
    const focused = document.activeElement === before.frame;
    before.frame.remove();
    if (focused) frame.focus();
  }
  at("wait").hidden = true;
  document.title = page.title;
  shown = { frame, version, blocks: list };
  coming = null;
  if (state && state.editions.html && state.editions.html.version !== version) load(state.editions.html.version);
  else if (choice.value) showPages();
}

/** Bring the page to *target*, if it is not in view, and point it out. */
function visit(view, target) {
  for (let box = target; box; box = box.parentElement) if (box.tagName === "DETAILS") box.open = true;
  const box = target.getBoundingClientRect(), height = view.innerHeight;
  if (box.top < 0.05 * height || box.bottom > 0.9 * height) {
    target.scrollIntoView({ block: box.height > 0.6 * height ? "start" : "center", behavior: "instant" });
  }
  if (!calm.matches && target.animate) {
    const ground = view.getComputedStyle(view.document.body).backgroundColor;
    const bar = (strength) => ({ boxShadow: `-0.5rem 0 0 ${ground}, -0.75rem 0 0 rgba(60, 130, 220, ${strength})` });
    target.animate([bar(0.9), bar(0)], { duration: 1800, easing: "ease-in" });
  }
}

/** Return the folio of the page of the PDF on which *target* stands; null where the page has no marks. */
function folio(page, target) {
  let last = null;
  for (const mark of page.querySelectorAll("[role='doc-pagebreak']")) {
    if (mark.compareDocumentPosition(target) & Node.DOCUMENT_POSITION_PRECEDING) break;
    last = mark.id.replace(/^page-/, "");
  }
  return last;
}

// From the page to the editor.

function listen(frame) {
  const page = frame.contentDocument;
  page.addEventListener("click", (event) => {
    const link = event.target.closest && event.target.closest("a[href]");
    if (event.altKey) {
      event.preventDefault();
      event.stopPropagation();
      const block = event.target.closest(BLOCKS);
      if (block) edit(page, block);
    } else if (link && !link.getAttribute("href").startsWith("#")) {
      // The frame shows the book and nothing else.
      event.preventDefault();
      if (/^(https?|mailto):/.test(link.href)) window.open(link.href, "_blank", "noopener");
    }
  }, true);
}

async function ask(address, question) {
  const answer = await fetch(address, { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(question) });
  return answer.json();
}

async function edit(page, block) {
  const chapters = Array.from(page.querySelectorAll("main .hb-chapter")), chapter = block.closest(".hb-chapter");
  if (!chapter) { toast("This passage is in no chapter file."); return; }
  const inner = Array.from(chapter.querySelectorAll(BLOCKS));
  const copy = block.cloneNode(true);
  copy.querySelectorAll("button, .hb-noteref, .hb-backlink, .hb-page-mark").forEach((mark) => mark.remove());
  const words = (copy.textContent.trim() || block.getAttribute("alt") || block.getAttribute("aria-label") || "").slice(0, 400);
  open({ chapter: chapters.indexOf(chapter), words, share: inner.indexOf(block) / Math.max(1, inner.length) });
}

async function open(question) {
  const place = await ask("place", question);
  if (!place.file) { toast("There is no file to open for this."); return; }
  const spot = `${place.file}:${place.line}`;
  if (place.url) { location.href = place.url; toast(`Opening ${spot}`); return; }
  if (place.opened) { toast(`Opening ${spot}`); return; }
  let copied = false;
  try { await navigator.clipboard.writeText(spot); copied = true; } catch (refused) { /* it is shown all the same */ }
  toast(`${spot}${copied ? " (copied)" : ""}. To open it from here, start the preview with --editor code, for example.`);
}

at("edit").addEventListener("click", () => {
  if (!shown) return;
  const page = shown.frame.contentDocument, chosen = page.getSelection();
  const node = chosen && chosen.anchorNode && !chosen.isCollapsed ? chosen.anchorNode : null;
  const element = node && (node.nodeType === 1 ? node : node.parentElement).closest(BLOCKS);
  const inText = shown.blocks.filter((block) => block.element.closest(".hb-chapter"));
  const number = element ? -1 : first(page, inText);
  const block = element || (number >= 0 ? inText[number].element : null);
  if (block) edit(page, block); else toast("No passage is in view.");
});

let fading = 0;
function toast(words) {
  at("toast").textContent = words;
  clearTimeout(fading);
  fading = setTimeout(() => { at("toast").textContent = ""; }, 6000);
}

// What is wrong.

function showProblems() {
  const list = at("problems-list"), errors = state.counts.error || 0, doubts = state.counts.warning || 0;
  const words = [[errors, "error"], [doubts, "warning"]].filter(([count]) => count).map(([count, word]) => `${count} ${word}${count === 1 ? "" : "s"}`).join(", ");
  const button = at("problems-open");
  button.hidden = !words;
  button.textContent = words;
  button.dataset.worst = errors ? "error" : "warning";
  at("problems-title").textContent = words || "No problems";
  list.replaceChildren(...state.problems.map((problem, number) => {
    const place = problem.path ? make("button", { type: "button", class: "place" }, problem.place) : make("code", {}, problem.place);
    if (problem.path) place.addEventListener("click", () => open({ problem: number }));
    const item = make("li", { class: problem.severity }, make("span", { class: "severity" }, problem.severity), " ", place, ` ${problem.code} ${problem.message}`);
    if (problem.fix) item.append(make("p", { class: "fix" }, problem.fix));
    return item;
  }));
  const told = errors + doubts - state.problems.length;
  if (told > 0) list.append(make("li", {}, `and ${told} more`));
  // Errors, and warnings that an edit has brought, show themselves; what is fixed goes away.
  if (!words) setPane(false);
  else if ((errors || (warnings >= 0 && doubts > warnings)) && dismissed !== words) setPane(true);
  else if (!errors && doubts <= warnings && at("problems").dataset.own !== "yes") setPane(false);
  if (dismissed !== words) dismissed = "";
  if (state.phase === "ready") warnings = doubts;
}

function setPane(visible, own) {
  at("problems").hidden = !visible;
  at("problems").dataset.own = visible && own ? "yes" : "";
  at("problems-open").setAttribute("aria-expanded", String(visible));
}
at("problems-open").addEventListener("click", () => { setPane(at("problems").hidden, true); });
at("problems-close").addEventListener("click", () => {
  dismissed = at("problems-open").textContent;
  setPane(false);
  at("problems-open").focus();
});

// The pages of a paged edition.

const choice = at("pages");
choice.addEventListener("change", () => {
  at("paper").hidden = !choice.value;
  pagesShown = "";
  at("paper").querySelectorAll("iframe").forEach((frame) => frame.remove());
  ask("want", { edition: choice.value });
  showPages();
});

function showPages() {
  const name = choice.value, edition = name && state.editions[name];
  // The page that was made with them has the marks that say where their pages begin.
  if (!edition || !shown || shown.version !== state.editions.html.version || pagesShown === `${name} ${edition.version}`) return;
  pagesShown = `${name} ${edition.version}`;
  const page = shown.frame.contentDocument, block = shown.blocks[edited >= 0 ? edited : first(page, shown.blocks)];
  const number = block ? edition.labels.indexOf(folio(page, block.element)) + 1 : 0;
  const frame = make("iframe", { title: "Pages", src: `pages/${name}?v=${edition.version}${number ? `#page=${number}` : ""}` });
  const before = Array.from(at("paper").querySelectorAll("iframe"));
  frame.addEventListener("load", () => { frame.classList.add("shown"); before.forEach((old) => old.remove()); });
  at("paper").append(frame);
}

// News.

function show(news) {
  state = news;
  for (const name of state.paged) {
    if (!choice.querySelector(`option[value="${name}"]`)) choice.append(make("option", { value: name }, name));
  }
  at("state").dataset.phase = state.building ? "building" : state.phase;
  at("state-words").textContent = say();
  if (state.phase !== "building") showProblems();
  if (!shown && state.phase === "failed") at("wait").textContent = "The book cannot be built yet: the problems below say why.";
  if (state.editions.html) load(state.editions.html.version);
  if (choice.value) showPages();
}

function say() {
  const doing = state.doing ? `: ${state.doing}` : "";
  if (state.phase === "building") return `Building${doing}`;
  if (state.building) return `Making ${state.building}${doing}`;
  const what = state.changed.length ? `${state.changed[0]}${state.changed.length > 1 ? ` and ${state.changed.length - 1} more` : ""}, ` : "";
  if (state.phase === "failed") return shown ? "Not built: this is the last edition that was" : "Not built";
  return `Up to date: ${what}${state.seconds.toFixed(1)} s`;
}

const news = new EventSource("events");
news.addEventListener("message", (event) => show(JSON.parse(event.data)));
news.addEventListener("open", () => { if (choice.value) ask("want", { edition: choice.value }); });
news.addEventListener("error", () => {
  at("state").dataset.phase = "lost";
  at("state-words").textContent = "The preview has ended. Start it again with: book serve";
});
