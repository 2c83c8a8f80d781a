// The list of past conversations, in a dialog at the side. Gradio runs this once, with `element`,
// `trigger`, `props` and `watch`; `props.value` is the HTML of the list.
const dialog = element.querySelector("dialog");
const part = (selector) => dialog.querySelector(selector);
let waiting = 0; // the timer of a search that is still being typed
let searched = "";
let wanted = false; // opened by hand: a list that comes after the closing opens nothing

function show(html) {
  if (!wanted) return;
  const typed = dialog.open ? part("input[type=search]") : null;
  const fresh = document.createElement("template");
  fresh.innerHTML = html;
  if (typed) {
    part(".wj-shelf-list").replaceWith(fresh.content.querySelector(".wj-shelf-list"));
    return;
  }
  dialog.replaceChildren(fresh.content);
  searched = "";
  dialog.showModal();
  part("input[type=search]").focus();
}

function rename(entry) {
  const open = entry.querySelector(".wj-shelf-open");
  const box = document.createElement("input");
  box.value = open.querySelector("span").textContent;
  box.maxLength = 80;
  box.setAttribute("aria-label", entry.querySelector("[data-do=rename]").textContent);
  let over = false; // putting the title back takes the box away, which is a blur again
  const done = (keep) => {
    if (over) return;
    over = true;
    box.replaceWith(open);
    if (!keep || !box.value.trim()) return;
    open.querySelector("span").textContent = box.value.trim();
    trigger("rename", { id: entry.dataset.id, title: box.value, words: searched });
  };
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "Enter") done(true);
    if (event.key === "Escape") { event.preventDefault(); done(false); }
  });
  box.addEventListener("blur", () => done(true));
  open.replaceWith(box);
  box.select();
}

// Deleting asks once more, on the button itself.
function remove(button, entry) {
  if (!button.classList.contains("wj-sure")) {
    button.classList.add("wj-sure");
    button.dataset.words = button.textContent;
    button.textContent = button.dataset.sure;
    button.addEventListener("blur", () => {
      button.classList.remove("wj-sure");
      button.textContent = button.dataset.words;
    }, { once: true });
    return;
  }
  trigger("remove", { id: entry.dataset.id, words: searched });
}

const actions = {
  close: () => dialog.close(),
  reopen: (_, entry) => { trigger("reopen", { id: entry.dataset.id }); dialog.close(); },
  rename: (_, entry) => rename(entry),
  remove,
  md: (_, entry) => trigger("take", { id: entry.dataset.id, kind: "md" }),
  docx: (_, entry) => trigger("take", { id: entry.dataset.id, kind: "docx" }),
};
dialog.addEventListener("click", (event) => {
  if (event.target === dialog) return dialog.close(); // beside it
  const button = event.target.closest("[data-do]");
  if (button) actions[button.dataset.do](button, button.closest("li"));
});
dialog.addEventListener("input", (event) => {
  if (event.target.type !== "search" || event.isComposing) return;
  clearTimeout(waiting);
  searched = event.target.value;
  waiting = setTimeout(() => trigger("list", { words: searched }), 150);
});
dialog.addEventListener("compositionend", (event) => event.target.dispatchEvent(new Event("input", { bubbles: true })));
dialog.addEventListener("close", () => { wanted = false; clearTimeout(waiting); });
dialog.addEventListener("submit", (event) => event.preventDefault());

watch("value", () => {
  if (!props.value) return;
  show(props.value);
  props.value = ""; // so that the same list can be handed over again
});
document.addEventListener("click", (event) => {
  if (!(event.target instanceof Element && event.target.closest("#wj-history-button"))) return;
  wanted = true;
  trigger("list", { words: "" });
});
