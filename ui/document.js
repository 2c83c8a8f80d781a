// The document behind a card, in a dialog. Gradio runs this once, with `element`, `trigger`, `props`
// and `watch`; `props.value` is the HTML of a document to be shown.
const dialog = element.querySelector("dialog");
const part = (selector) => dialog.querySelector(selector);
const root = () => part(".wj-doc");
const numbers = () => root().dataset.numbers.split(" ").map(Number);
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
  if (!dialog.open) dialog.showModal();
  show(Number(root().dataset.current));
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
