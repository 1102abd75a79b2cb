// Shows the edition in a frame, puts each new one in its place without a flash, and says what is wrong with the book.

import { BLOCKS, aim, blocks, compare, copyOpen, counterpart, first, markAgain, twin, where } from "./blocks.js";

const at = (id) => document.getElementById(id);
const calm = matchMedia("(prefers-reduced-motion: reduce)");

let state = null;
let shown = null; // {frame, version, blocks}
let coming = null; // the frame that is being loaded, or the version that is being asked for
let edited = -1; // the number of the block of the latest edit
let pagesShown = "";
const VIEW = "pagemode=none&navpanes=0&view=FitH"; // a page is as wide as its room, in which small pictures of all pages would leave little
const AGAIN = 1000; // milliseconds until a page that could not be had is asked for again

// The edition.

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

async function load(version) {
  if ((shown && shown.version === version && !coming) || (coming && coming.version === version)) return;
  if (coming && coming.frame) coming.frame.remove();
  const mine = (coming = { frame: null, version });
  if (shown) {
    const answer = await fetch(`changes?v=${shown.version}`).catch(() => null);
    const changes = answer && answer.ok ? await answer.json().catch(() => null) : null;
    if (coming !== mine) return;
    if (changes && exchange(changes)) { coming = null; after(); return; }
  }
  // A place in the address keeps the page from offering the place where reading stopped.
  mine.frame = make("iframe", { title: "The book", src: `html?v=${version}#page-top` });
  mine.frame.addEventListener("load", async () => {
    // A typeface that comes later would be seen to come; a page in the background may wait for ever.
    await Promise.race([mine.frame.contentDocument?.fonts.ready, new Promise((done) => { setTimeout(done, 300); })]);
    if (coming !== mine) return;
    coming = null;
    if (mine.frame.contentDocument?.querySelector("main")) { replace(mine.frame); after(); return; }
    mine.frame.remove();
    setTimeout(after, AGAIN); // the server is gone, or busy
  });
  at("page").append(mine.frame);
}

/** Do what waited for the page. */
function after() {
  if (state.editions.html && shown && state.editions.html.version !== shown.version) load(state.editions.html.version);
  else showPages();
}

/** Put new chapters in the places of the old ones; return whether the page could be told. */
function exchange({ version, sections }) {
  // The policy of the page of the book is that of its chapters: this page allows no style attributes.
  const page = shown.frame.contentDocument, parser = new shown.frame.contentWindow.DOMParser();
  const before = shown.blocks, stay = where(page, before);
  for (const [id, text] of Object.entries(sections)) {
    const section = page.importNode(parser.parseFromString(text, "text/html").body.firstElementChild, true), old = page.getElementById(id);
    if (!old) return false;
    copyOpen(old, section);
    old.replaceWith(section);
    // The script of the page gives it what it gives to all chapters, and says so.
    if (section.dispatchEvent(new CustomEvent("hb-chapter", { bubbles: true, cancelable: true }))) return false;
  }
  Object.assign(shown, { version, blocks: Object.keys(sections).length ? blocks(page) : before });
  shown.frame.dataset.version = version;
  settle(before, stay);
  return true;
}

function replace(frame) {
  const page = frame.contentDocument, before = shown;
  const version = new URLSearchParams(frame.contentWindow.location.search).get("v");
  shown = { frame, version, blocks: blocks(page) };
  if (before) {
    const old = before.frame.contentDocument;
    copyOpen(old, page);
    const stay = where(old, before.blocks), focused = [document.body, before.frame].includes(document.activeElement);
    const words = old.querySelector("dialog[open] #page-search-words"), alike = twin(old.activeElement, page);
    settle(before.blocks, stay);
    unveil();
    before.frame.remove();
    if (focused) { frame.focus(); alike?.focus({ preventScroll: true }); }
    if (words) askAgain(page, words.value);
  } else {
    unveil();
    goBack(earlier);
    // So that the keyboard scrolls it.
    if (document.activeElement === document.body) frame.focus();
  }
  function unveil() {
    listen(frame);
    frame.dataset.version = version;
    frame.classList.add("shown");
  }
  at("wait").hidden = true;
  document.title = page.title;
}

// A tab that is loaded again shows what it showed.
let earlier = {};
try {
  if (performance.getEntriesByType("navigation")[0]?.type !== "navigate") earlier = JSON.parse(sessionStorage.getItem("preview") || "{}");
} catch (refused) { /* a browser that keeps nothing */ }
addEventListener("pagehide", () => {
  const now = JSON.stringify({ ...spot(), follow: at("follow").checked, pages: choice.value });
  try { sessionStorage.setItem("preview", now); } catch (refused) { /* the same */ }
});

/** Return which block is read, and where it is. */
function spot() {
  const { reading, top } = shown ? where(shown.frame.contentDocument, shown.blocks) : { reading: -1, top: 0 };
  return { reading, top };
}

/** Go to a spot of before: of the page that was shown then, or that was read before the tab was loaded again. */
function goBack({ reading, top }) {
  const block = shown.blocks[reading];
  if (block) shown.frame.contentWindow.scrollBy({ top: block.element.getBoundingClientRect().top - top, behavior: "instant" });
}

// The steps of a reader are the tab's: those of a frame would be lost with it, or lead out of the preview.

function step(hash) {
  history.replaceState(spot(), "");
  history.pushState({ hash }, "");
}
function goTo(hash) {
  const { location } = shown.frame.contentWindow;
  location.replace(new URL(hash, location.href));
}
addEventListener("popstate", ({ state }) => {
  if (shown && state) if (state.hash) goTo(state.hash); else goBack(state);
});

/** Open the search of the book again, with the same words. */
function askAgain(page, words) {
  page.querySelector(".hb-finder")?.click();
  const field = page.getElementById("page-search-words");
  if (!field) return;
  field.value = words;
  field.dispatchEvent(new Event("input"));
}

/** Keep what is read in its place, and go to the edit. */
function settle(before, stay) {
  const page = shown.frame.contentDocument, view = shown.frame.contentWindow, list = shown.blocks, change = compare(before, list);
  const kept = stay.reading < 0 ? -1 : counterpart(stay.reading, before, list, change);
  if (kept >= 0 && kept < list.length) {
    view.scrollBy({ top: list[kept].element.getBoundingClientRect().top - stay.top, behavior: "instant" });
  } else {
    view.scrollTo({ top: stay.y, behavior: "instant" });
  }
  markAgain(page, stay.marked, before, list, change);
  if (change.same || !list.length) return;
  edited = aim(page, list, change, state.chapters);
  if (at("follow").checked) visit(view, list[edited].element);
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
  // After the script of the page, which shows a note to a finger.
  page.addEventListener("click", (event) => {
    const link = event.target.closest('a[href^="#"]');
    if (!link || event.defaultPrevented || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    step(link.getAttribute("href"));
    goTo(link.getAttribute("href"));
  });
  const own = frame.contentWindow.history;
  own.pushState = (_, title, address) => { // the search goes to what it has found
    step(address);
    own.replaceState(null, title, address);
  };
  page.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.defaultPrevented && !page.querySelector("dialog[open]")) hide();
    keys(event);
  });
}

/** Do what a key asks for, wherever the focus is. */
function keys(event) {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "p" && shown) {
    // The book is printed, not what stands around it.
    event.preventDefault();
    shown.frame.contentWindow.print();
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
  if (event.key === "F2") at("edit").click();
  if (event.key === "F8" && !at("problems-open").hidden) {
    setPane(true, true);
    (at("problems-list").querySelector("button") || at("problems-close")).focus();
  }
}
document.addEventListener("keydown", keys);

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
  const place = await ask("place", question).catch(() => null);
  if (!place) { toast("The preview does not answer."); return; }
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

let told = ""; // the problems that are listed, as text
let known = new Set(); // the problems of the builds before, since the last one that ended well
let wellOnce = false; // whether one has: warnings that a book has anyway do not show themselves
let shownFor = []; // the problems for which the pane has opened by itself
const sign = (problem) => [problem.severity, problem.code, problem.message, problem.path].join(" ");

function showProblems() {
  const list = at("problems-list"), errors = state.counts.error || 0, doubts = state.counts.warning || 0;
  const words = [[errors, "error"], [doubts, "warning"]].filter(([count]) => count).map(([count, word]) => `${count} ${word}${count === 1 ? "" : "s"}`).join(", ");
  const signs = state.problems.map(sign), text = JSON.stringify([state.counts, state.problems]);
  if (text === told) return;
  told = text;
  const button = at("problems-open"), held = list.contains(document.activeElement) ? Array.from(list.querySelectorAll("button")).indexOf(document.activeElement) : -1;
  button.hidden = !words;
  button.textContent = words;
  button.dataset.worst = errors ? "error" : "warning";
  at("problems-title").textContent = words || "No problems";
  // Errors, and warnings that an edit has brought, show themselves, and come first; what is fixed goes away.
  const fresh = signs.filter((one, number) => !known.has(one) && (wellOnce || state.problems[number].severity === "error"));
  const well = state.phase === "ready";
  known = new Set(well ? signs : [...known, ...signs]);
  wellOnce ||= well;
  shownFor = shownFor.concat(fresh).filter((one) => signs.includes(one));
  const isNew = (number) => shownFor.includes(signs[number]), numbers = [...signs.keys()];
  list.replaceChildren(...[...numbers.filter(isNew), ...numbers.filter((number) => !isNew(number))].map((number) => item(number)));
  const more = errors + doubts - state.problems.length;
  if (more > 0) list.append(make("li", {}, `and ${more} more`));
  if (fresh.length) {
    setPane(true, at("problems").dataset.own === "yes");
    at("problems").scrollTop = 0;
  }
  else if (!words || (!shownFor.length && at("problems").dataset.own !== "yes")) setPane(false);
  if (held >= 0) {
    const buttons = list.querySelectorAll("button");
    (buttons[Math.min(held, buttons.length - 1)] || (at("problems").hidden ? at("edit") : at("problems-close"))).focus();
  }
}

/** Return the item of the list for a problem. */
function item(number) {
  const problem = state.problems[number];
  const place = problem.path ? make("button", { type: "button", class: "place" }, problem.place) : make("code", {}, problem.place);
  if (problem.path) place.addEventListener("click", () => open({ problem: number }));
  const result = make("li", { class: problem.severity }, make("span", { class: "severity" }, problem.severity), " ", place, ` ${problem.code} ${problem.message}`);
  if (problem.fix) result.append(make("p", { class: "fix" }, problem.fix));
  return result;
}

function setPane(visible, own) {
  at("problems").hidden = !visible;
  at("problems").dataset.own = visible && own ? "yes" : "";
  at("problems-open").setAttribute("aria-expanded", String(visible));
}
at("problems-open").addEventListener("click", () => { setPane(at("problems").hidden, true); });
function hide() {
  shownFor = [];
  setPane(false);
}
function close() {
  hide();
  at("problems-open").focus();
}
at("problems-close").addEventListener("click", close);
at("problems").addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });

// The pages of a paged edition.

const choice = at("pages");
choice.addEventListener("change", choose);
function choose() {
  at("paper").hidden = !choice.value;
  pagesShown = "";
  at("paper").querySelectorAll("iframe").forEach((frame) => frame.remove());
  // As long as this is open, the edition is made at every change.
  follow();
  showPages();
}

function showPages() {
  const name = choice.value, edition = name && state.editions[name];
  at("paper-wait").textContent = edition || state.building.split(", ").includes(name) || state.phase === "building"
    ? "The pages are being made." : "There are no pages yet. What keeps them from being made is told below.";
  // The page that was made with them has the marks that say where their pages begin.
  if (!edition || !shown || shown.version !== state.editions.html.version || pagesShown === `${name} ${edition.version}`) return;
  pagesShown = `${name} ${edition.version}`;
  const page = shown.frame.contentDocument, block = shown.blocks[edited >= 0 ? edited : first(page, shown.blocks)];
  const number = block ? edition.labels.indexOf(folio(page, block.element)) + 1 : 0;
  const frame = make("iframe", { title: "Pages", src: `pages/${name}?v=${edition.version}#${number ? `page=${number}&` : ""}${VIEW}` });
  const before = Array.from(at("paper").querySelectorAll("iframe"));
  // It is drawn behind the old one, which is taken away when there is something to see.
  frame.classList.add("shown");
  frame.addEventListener("load", () => { setTimeout(() => before.forEach((old) => old.remove()), before.length ? 500 : 0); });
  at("paper-wait").after(frame);
}

// News.

function show(news) {
  state = news;
  for (const name of state.paged) {
    if (!choice.querySelector(`option[value="${name}"]`)) choice.append(make("option", { value: name }, name));
  }
  if (earlier.pages) {
    choice.value = earlier.pages;
    earlier.pages = "";
    choose();
  }
  at("state").dataset.phase = state.building ? "building" : state.phase;
  at("state-words").textContent = say();
  if (state.phase !== "building") {
    showProblems();
    announce(JSON.stringify([state.phase, state.seconds, state.changed, state.counts]));
  }
  if (!shown && state.phase === "failed") at("wait").textContent = "The book cannot be built yet: the problems below say why.";
  if (state.editions.html) load(state.editions.html.version);
  if (choice.value) showPages();
}

/** Say how a build has ended, for whoever does not see it. */
let announced = "";
function announce(build) {
  if (build === announced) return;
  announced = build;
  const [worst] = state.phase === "failed" ? state.problems : [];
  at("said").textContent = [say(), at("problems-open").textContent, worst && `${worst.place} ${worst.message}`].filter(Boolean).join(". ");
}

function say() {
  const doing = state.doing ? `: ${state.doing}` : "";
  if (state.phase === "building") return `Building${doing}`;
  if (state.building) return `Making ${state.building}${doing}`;
  const what = state.changed.length ? `${state.changed[0]}${state.changed.length > 1 ? ` and ${state.changed.length - 1} more` : ""}, ` : "";
  if (state.phase === "failed") return shown ? "Not built: this is the last edition that was" : "Not built";
  return `Up to date: ${what}${state.seconds.toFixed(1)} s`;
}

let news = null;
function follow() {
  if (news) news.close();
  news = new EventSource(choice.value ? `events?pages=${choice.value}` : "events");
  news.addEventListener("message", (event) => show(JSON.parse(event.data)));
  news.addEventListener("error", () => {
    at("state").dataset.phase = "lost";
    at("state-words").textContent = at("said").textContent = "The preview has ended. Start it again with: book serve";
  });
}
at("follow").checked = earlier.follow ?? true;
follow();
