// The document behind a card, in a dialog. Gradio runs this once, with `element`, `trigger`, `props`
// and `watch`; `props.value` is the HTML of a document to be shown.
const dialog = element.querySelector("dialog");
const part = (selector) => dialog.querySelector(selector);
const root = () => part(".wj-doc");
const numbers = () => root().dataset.numbers.split(" ").filter(Boolean).map(Number);
const placed = (number) => part(`mark[data-places~="${number}"]`);

let current = 0; // the number of the place that is shown
let found = []; // what was found in the document: ranges
let at = -1; // the one of them that is shown

function reveal(node) {
  node.scrollIntoView({ block: "center", behavior: "auto" });
}

// ---- the passages of the answer ----
function show(number) {
  current = number;
  for (const mark of dialog.querySelectorAll("mark"))
    mark.classList.toggle("wj-here", mark.dataset.places.split(" ").includes(String(number)));
  const all = numbers();
  part(".wj-doc-at").textContent = `${all.indexOf(number) + 1} / ${all.length}`;
  part("[data-do=previous]").disabled = number === all[0];
  part("[data-do=next]").disabled = number === all.at(-1);
  if (placed(number)) reveal(placed(number));
  const span = spans().find((span) => span.number === number);
  if (span) turnTo(span.first);
}

// ---- the pages of a PDF ----
const narrow = matchMedia("(max-width: 860px)"); // as in chat.css
let leaf = 0; // the page whose picture is shown
let wished = null; // whether pages are wished for; null until somebody says

const spans = () => root().dataset.spans.split(" ").filter(Boolean).map((told) => {
  const [number, start, end, first, last] = told.split(":").map(Number);
  return { number, start, end, first, last };
});
const pages = () => Number(root().dataset.pages);
const report = (path) => `wenju/report/${root().dataset.id}/${path}`;

function sheetShown(on) {
  root().classList.toggle("wj-with-sheet", on);
  part("[data-do=sheet]").setAttribute("aria-pressed", String(on));
}

function turnTo(number) {
  if (!pages()) return;
  leaf = Math.min(Math.max(number, 1), pages());
  const sheet = part(".wj-sheet");
  const words = sheet.dataset.words.replace("{page}", leaf).replace("{count}", pages());
  part(".wj-doc-page").textContent = words;
  part("[data-do=page-back]").disabled = leaf === 1;
  part("[data-do=page-on]").disabled = leaf === pages();
  if (!root().classList.contains("wj-with-sheet")) return;
  const picture = part(".wj-sheet img");
  const address = report(`page/${leaf}`);
  if (picture.getAttribute("src") !== address) {
    part(".wj-boxes").replaceChildren();
    Object.assign(picture, { hidden: false, alt: words });
    picture.setAttribute("src", address);
  }
  box(leaf);
}

// Draw a box around each passage on the page; a scanned page is read again for it, which takes time.
async function box(number) {
  const said = part(".wj-sheet-said");
  const here = spans().filter((span) => span.first <= number && number <= span.last);
  said.textContent = here.length ? part(".wj-sheet").dataset.looking : "";
  const id = root().dataset.id;
  const found = await Promise.all(here.map(async (span) => {
    const answer = await fetch(report(`page/${number}/boxes?start=${span.start}&end=${span.end}`));
    return answer.ok ? (await answer.json()).map((edges) => ({ edges, span })) : [];
  }));
  if (!dialog.open || root().dataset.id !== id || leaf !== number) return;
  const boxes = found.flat().map(({ edges: [left, top, right, bottom], span }) => {
    const one = document.createElement("div");
    one.className = span.number === current ? "wj-box wj-here" : "wj-box";
    Object.assign(one.style, {
      left: `${left * 100}%`, top: `${top * 100}%`,
      width: `${(right - left) * 100}%`, height: `${(bottom - top) * 100}%`,
    });
    return one;
  });
  part(".wj-boxes").replaceChildren(...boxes);
  said.textContent = here.length && !boxes.length ? part(".wj-sheet").dataset.noPlace : "";
  revealBox();
}

function revealBox() {
  const picture = part(".wj-sheet img");
  const first = part(".wj-box.wj-here");
  if (first && picture.complete) reveal(first);
}

function turnPage(by) {
  turnTo(leaf + by);
  part(".wj-sheet").scrollTop = 0;
  part(`.wj-leaf[data-leaf="${leaf}"]`)?.scrollIntoView({ block: "start" });
}

function toggleSheet() {
  wished = !root().classList.contains("wj-with-sheet");
  sheetShown(wished);
  turnTo(leaf || 1);
}

function step(by) {
  const number = numbers()[numbers().indexOf(current) + by];
  if (number === undefined) return;
  if (placed(number)) show(number);
  else trigger("open", { turn: Number(root().dataset.turn), number }); // in another document
}

// ---- find ----
// A phrase may run over marks: each paragraph is searched as a whole.
function rangesIn(block, words) {
  const nodes = [];
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) nodes.push(walker.currentNode);
  const text = nodes.map((node) => node.data).join("").toLowerCase();
  const spot = (offset) => {
    let index = 0;
    while (offset > nodes[index].length) offset -= nodes[index++].length;
    return [nodes[index], offset];
  };
  const ranges = [];
  for (let start = text.indexOf(words); start >= 0; start = text.indexOf(words, start + words.length)) {
    const range = document.createRange();
    range.setStart(...spot(start));
    range.setEnd(...spot(start + words.length));
    ranges.push(range);
  }
  return ranges;
}

function find(words) {
  found = words ? [...part(".wj-text").children].flatMap((block) => rangesIn(block, words)) : [];
  at = -1;
  if (window.Highlight) CSS.highlights.set("wj-found", new Highlight(...found));
  turn(1, words);
}

function turn(by, words) {
  if (found.length) at = (at + by + found.length) % found.length;
  part(".wj-doc-found").textContent = words ? `${at + 1} / ${found.length}` : "";
  if (window.Highlight) CSS.highlights.set("wj-found-here", new Highlight(...found.slice(at, at + 1)));
  if (at >= 0) reveal(found[at].startContainer.parentElement);
}

// ---- open and close ----
function open(html) {
  dialog.innerHTML = html;
  found = [];
  leaf = 0;
  if (!dialog.open) dialog.showModal();
  if (pages()) {
    sheetShown(wished ?? !narrow.matches);
    part(".wj-sheet img").addEventListener("load", revealBox);
    part(".wj-sheet img").addEventListener("error", () => {
      part(".wj-sheet-said").textContent = part(".wj-sheet").dataset.noPage;
    });
  }
  if (root().dataset.current) show(Number(root().dataset.current));
  else turnTo(1);
  part(".wj-text").focus({ preventScroll: true });
}

dialog.addEventListener("close", () => {
  if (window.Highlight) CSS.highlights.clear();
  dialog.innerHTML = "";
});
dialog.addEventListener("click", (event) => {
  const name = event.target.closest("[data-do]")?.dataset.do;
  if (name === "close" || event.target === dialog) dialog.close(); // or beside it
  if (name === "previous") step(-1);
  if (name === "next") step(1);
  if (name === "page-back") turnPage(-1);
  if (name === "page-on") turnPage(1);
  if (name === "sheet") toggleSheet();
});
dialog.addEventListener("input", (event) => find(event.target.value.trim().toLowerCase()));
dialog.addEventListener("submit", (event) => event.preventDefault());
dialog.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.target.type !== "search" || event.isComposing) return;
  event.preventDefault();
  turn(event.shiftKey ? -1 : 1, event.target.value.trim());
});

watch("value", () => {
  if (!props.value) return;
  open(props.value);
  props.value = ""; // so that the same document can be handed over again
});

// ---- links that ask the server for something ----
const ASKED = /^#(open|again|retry|why|edit|change|cancel|up|down|reason-[a-z]+)-(\d+)(?:-(\d+))?$/;
document.addEventListener("click", (event) => {
  const link = event.target instanceof Element && event.target.closest("a[href^='#']");
  const asked = link && ASKED.exec(link.getAttribute("href"));
  if (!asked) return;
  event.preventDefault();
  const [name, turn, number] = [asked[1], Number(asked[2]), Number(asked[3])];
  if (name === "open") trigger("open", { turn, number });
  else if (name === "again" || name === "retry") trigger("again", { turn, retry: name === "retry" });
  else if (name === "why") trigger("why", { turn });
  else if (name === "edit" || name === "change" || name === "cancel") {
    trigger("edit", { turn, completed: name === "change" });
    document.querySelector("#wj-box textarea").focus();
  } else trigger("rate", { turn, kind: name.replace("reason-", ""), words: "" });
});

// What a reader adds in words is kept on Enter, and when the hand goes elsewhere.
const comment = (box) => trigger("rate", { turn: Number(box.id.slice("comment-".length)), kind: "comment", words: box.value });
document.addEventListener("change", (event) => {
  if (event.target.matches?.(".wj-comment")) comment(event.target);
});

// The collection was built anew: the header and the titles to choose from say so at once.
document.addEventListener("wenju-built", () => trigger("renew"));

window.wenju = { ...window.wenju, showDocument: open };
