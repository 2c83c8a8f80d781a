// The collection. Gradio runs this once, with `element`, before or after chat.js.
// What the server hands over is HTML in which every text of a report is inert.
const page = element.querySelector("#wj-collection");
const part = (selector) => page.querySelector(selector);
const language = () => window.wenju?.language() ?? "zh";
const view = { find: "", only: "every", sort: "title", down: 0, at: 0 };

let words = ""; // the language that the page is written in
let asked = 0; // the list asked for last; an answer to an earlier one comes too late
let removing = ""; // the path that the dialog is about
let waiting = null;

// ---- asking the server ----
const address = (path, query) => `wenju/${path}?${new URLSearchParams({ lang: language(), ...query })}`;

async function change(path, { method = "POST", query = {}, body } = {}) {
  try {
    const answer = await fetch(address(path, query), { method, body, headers: { "x-wenju": "1" } });
    const sent = await answer.json();
    if (sent.said) say(sent.said, !answer.ok);
    return sent;
  } catch {
    say(part(".wj-told").dataset.broken, true);
    return {};
  }
}

function say(sentence, wrong = false) {
  const told = part(".wj-told");
  told.textContent = sentence;
  told.classList.toggle("wj-wrong", wrong);
}

// ---- the page and its list ----
async function open() {
  if (words !== language()) {
    const answer = await fetch(address("collection/page"));
    if (!answer.ok) return location.reload(); // signed out meanwhile
    page.innerHTML = await answer.text();
    words = language();
    part("[type=search]").value = view.find;
    part("select").value = view.only;
  }
  await list();
  follow(false);
}

async function list() {
  const number = ++asked;
  const answer = await fetch(address("collection/list", view));
  const { list, below, counts } = await answer.json();
  if (number !== asked) return;
  const focused = document.activeElement?.dataset;
  const kept = focused?.sort && `[data-sort="${focused.sort}"]`;
  const unfolded = [...page.querySelectorAll("details")].map((details) => details.open);
  for (const option of part("select").options) option.textContent = counts[option.value];
  part(".wj-list").innerHTML = list;
  part(".wj-below").innerHTML = below;
  page.querySelectorAll("details").forEach((details, at) => { details.open = unfolded[at] ?? false; });
  if (kept) part(kept)?.focus();
}

function narrow() {
  Object.assign(view, { find: part("[type=search]").value.trim(), only: part("select").value, at: 0 });
  clearTimeout(waiting);
  waiting = setTimeout(list, 120);
}

// ---- a build ----
async function follow(seen) {
  const answer = await fetch(address("collection/build"));
  const { running, done, total, line } = await answer.json();
  const building = part(".wj-building");
  building.hidden = !running;
  const button = part("[data-do=rebuild]");
  if (button) button.disabled = running;
  if (running) {
    const bar = building.querySelector("progress");
    if (total) Object.assign(bar, { max: total, value: done });
    else bar.removeAttribute("value");
    building.querySelector("span").textContent = line;
    setTimeout(follow, 400, true);
  } else if (seen) {
    words = ""; // its numbers have changed
    document.dispatchEvent(new Event("wenju-built"));
    await open();
    say(line);
  }
}

// ---- what is clicked ----
async function add(files) {
  for (const file of files) {
    say(part(".wj-told").dataset.adding.replace("{name}", file.name));
    await change("collection/file", { method: "PUT", query: { name: file.name }, body: file });
  }
  await list();
}

function ask(button) {
  removing = button.dataset.remove;
  const dialog = part(".wj-confirm");
  dialog.querySelector("h3").textContent = dialog.dataset.asked.replace("{name}", button.dataset.name);
  dialog.querySelector(".wj-warned").textContent = button.dataset.warned;
  dialog.showModal();
}

async function read(id) {
  const answer = await fetch(address(`document/${id}`));
  if (answer.ok) window.wenju.showDocument(await answer.text());
  else say((await answer.json()).said, true);
}

const does = {
  rebuild: async () => { await change("collection/build"); follow(true); },
  cancel: () => part(".wj-confirm").close(),
  remove: async () => {
    part(".wj-confirm").close();
    await change("collection/remove", { body: JSON.stringify({ path: removing }) });
    await list();
  },
};

page.addEventListener("click", async (event) => {
  const link = event.target.closest("a[href^='#read-']");
  if (link) {
    event.preventDefault();
    return read(link.getAttribute("href").slice("#read-".length));
  }
  const button = event.target.closest("button");
  if (!button) return;
  const { sort, at, remove, restore } = button.dataset;
  if (sort) Object.assign(view, { down: view.sort === sort ? 1 - view.down : 0, sort, at: 0 });
  if (at !== undefined) view.at = Number(at);
  if (sort || at !== undefined) return list();
  if (remove !== undefined) return ask(button);
  if (restore !== undefined) {
    await change("collection/restore", { body: JSON.stringify({ key: restore }) });
    return list();
  }
  return does[button.dataset.do]?.();
});
page.addEventListener("input", (event) => { if (event.target.type === "search") narrow(); });
page.addEventListener("change", (event) => {
  if (event.target.matches("select")) narrow();
  if (event.target.type === "file") { add([...event.target.files]); event.target.value = ""; }
});
page.addEventListener("submit", (event) => event.preventDefault());
document.addEventListener("change", (event) => {
  if (event.target.closest("#wj-language")) shown();
});

function shown() {
  if (document.body.dataset.page === "collection") open();
}

document.addEventListener("wenju-page", shown);
shown();
