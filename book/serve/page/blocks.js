// The blocks of a page: which of them are new, which is read, and what its reader has opened and marked.

export const BLOCKS = "h1, h2, h3, h4, h5, h6, p, li, dt, dd, td, th, pre, figcaption, summary, img, svg, math";

/** Return the blocks of a page that an author writes, each as an element and what makes it differ from another; *flow*: it stands where its order says. */
export function blocks(page) {
  return Array.from(page.querySelectorAll(".hb-masthead, main")).flatMap((part) =>
    Array.from(part.querySelectorAll(BLOCKS))
      .filter((element) => !element.closest(".hb-said, .hb-page-mark, .hb-entrance, button"))
      .map((element) => ({ element, key: element.tagName + key(element), flow: !element.closest(".hb-footnotes, details:not([open]) > :not(summary)") })));
}

function key(element) {
  if (element.tagName === "IMG") return `${element.src.length} ${element.src.slice(-120)} ${element.alt} ${element.style.cssText}`;
  if (element.tagName === "svg") return element.outerHTML.length + element.textContent;
  return element.textContent;
}

/** Return what makes a block differ from one of the same words: emphasis, the address of a link, the language of code, the kind of list. */
function markup({ element }) {
  let copy = element;
  if (element.querySelector(".hb-page-mark")) {
    copy = element.cloneNode(true);
    copy.querySelectorAll(".hb-page-mark").forEach((mark) => mark.remove());
  }
  return `${element.parentElement.tagName} ${element.parentElement.className} ${copy.outerHTML}`;
}

/** Return where the lists begin to differ, how many blocks at their ends agree, and the numbers of the blocks between that are new. */
function difference(before, after, sign) {
  const agree = (one, other) => one.element === other.element || sign(one) === sign(other);
  let start = 0;
  const most = Math.min(before.length, after.length);
  while (start < most && agree(before[start], after[start])) start += 1;
  let end = 0;
  while (end < most - start && agree(before[before.length - 1 - end], after[after.length - 1 - end])) end += 1;
  const old = new Set(before.slice(start, before.length - end).map(sign)), fresh = [];
  for (let number = start; number < after.length - end; number += 1) if (!old.has(sign(after[number]))) fresh.push(number);
  return { start, end, fresh, same: start === before.length && start === after.length };
}

/** Return how the blocks of a page differ from those of an earlier one: in their words, else in their markup. */
export function compare(before, after) {
  const words = difference(before, after, (block) => block.key);
  return words.same ? difference(before, after, markup) : words;
}

/**
 * Return the number of the block to which an edit leads: of those that are new, one in *chapters*, those of the files that were saved;
 * among these one that is in view. What depends on an edit, such as the title in a link to a chapter, is new as well.
 */
export function aim(page, list, change, chapters) {
  const height = page.defaultView.innerHeight, all = page.querySelectorAll("main .hb-chapter");
  const saved = new Set(chapters.map((number) => all[number]));
  let best = -1, target = Math.min(change.start, list.length - 1);
  change.fresh.forEach((number, at) => {
    const { element } = list[number], inner = list[change.fresh[at + 1]];
    if (inner && element.contains(inner.element)) return;
    const box = element.getBoundingClientRect();
    const rank = 2 * saved.has(element.closest(".hb-chapter")) + (box.bottom > 0 && box.top < height);
    if (rank > best) { best = rank; target = number; }
  });
  return target;
}

/** Return the number of the first block that can be seen, or -1. */
export function first(page, list) {
  const height = page.defaultView.innerHeight, numbers = [...list.keys()].filter((number) => list[number].flow);
  let low = 0, high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (list[numbers[middle]].element.getBoundingClientRect().bottom <= 0) low = middle + 1; else high = middle;
  }
  return low < numbers.length && list[numbers[low]].element.getBoundingClientRect().top < height ? numbers[low] : -1;
}

/** Return which block is read, where everything is, and what is marked: to be asked before the page changes. */
export function where(page, list) {
  const reading = first(page, list);
  return { reading, top: reading < 0 ? 0 : list[reading].element.getBoundingClientRect().top, y: page.defaultView.scrollY, marked: marked(page, list) };
}

/** Return the number that block *number* has on the new page. */
export function counterpart(number, before, list, change) {
  if (number < change.start) return number;
  const guess = Math.max(change.start, number + list.length - before.length);
  if (number >= before.length - change.end) return guess;
  let best = guess, distance = Infinity;
  for (let at = change.start; at < list.length - change.end; at += 1) {
    if (list[at].key === before[number].key && Math.abs(at - guess) < distance) { best = at; distance = Math.abs(at - guess); }
  }
  return best;
}

/** Return the two ends of what is marked, each as a block and how many letters of it come before; null if nothing is. */
function marked(page, list) {
  const chosen = page.getSelection();
  if (!chosen || chosen.isCollapsed) return null;
  const ends = [[chosen.anchorNode, chosen.anchorOffset], [chosen.focusNode, chosen.focusOffset]].map(([node, offset]) => {
    const block = (node.nodeType === 1 ? node : node.parentElement).closest(BLOCKS), range = page.createRange();
    if (!block) return null;
    range.setStart(block, 0);
    range.setEnd(node, offset);
    return { number: list.findIndex((one) => one.element === block), letters: range.toString().length };
  });
  return ends.every((end) => end && end.number >= 0) ? ends : null;
}

/** Mark again what was marked, unless its blocks have changed. */
export function markAgain(page, ends, before, list, change) {
  const places = (ends || []).map(({ number, letters }) => {
    const block = list[counterpart(number, before, list, change)];
    if (!block || block.key !== before[number].key) return null;
    const texts = page.createTreeWalker(block.element, NodeFilter.SHOW_TEXT);
    let left = letters;
    for (let text = texts.nextNode(); text; text = texts.nextNode()) {
      if (left <= text.length) return [text, left];
      left -= text.length;
    }
    return null;
  });
  if (places.length && places.every(Boolean)) page.getSelection().setBaseAndExtent(...places[0], ...places[1]);
}

/** Open on *page* what is open on *old*, and close what is closed. */
export function copyOpen(old, page) {
  const name = (box) => box.id || `: ${box.querySelector("summary")?.textContent}`;
  const boxes = Array.from(page.querySelectorAll("details"));
  for (const box of old.querySelectorAll("details")) {
    const same = boxes.findIndex((one) => name(one) === name(box));
    if (same >= 0) boxes.splice(same, 1)[0].open = box.open;
  }
}

/** Return the link or button of *page* that is the same as *element* of another. */
export function twin(element, page) {
  const sign = (one) => `${one.textContent} ${one.getAttribute("href")} ${one.getAttribute("aria-label")}`;
  const all = (root) => Array.from(root.querySelectorAll(element.tagName)).filter((one) => sign(one) === sign(element));
  return /^(A|BUTTON|SUMMARY)$/.test(element.tagName) ? all(page)[all(element.ownerDocument).indexOf(element)] : null;
}
