// Marks and cards point to each other. Ids: mark-<turn>-<number>, source-<turn>-<number>.
(() => {
  const TARGET = /#(mark|source)-(\d+)-(\d+)$/;
  const narrow = matchMedia("(max-width: 860px)"); // as in chat.css
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let chosen = null; // the card last pointed to: { turn, id }
  let turns = 0;
  let following = false; // on a phone: keep the newest question on top until a hand is laid on the page

  let wanted = 0; // the turn whose sources somebody wants explained

  const sources = () => document.getElementById("wj-sources");
  const link = (node) => node instanceof Element && node.closest("a[href*='#mark-'], a[href*='#source-']");

  const newest = () => [...document.querySelectorAll("#wj-chat .wj-question")].at(-1);

  function setClass(element, name, on) {
    if (element.classList.contains(name) !== on) element.classList.toggle(name, on);
  }

  // Gradio rewrites the cards whenever the answer grows: put back what was chosen.
  function apply() {
    const groups = [...(sources()?.querySelectorAll(".wj-group") ?? [])];
    const last = groups.at(-1);
    const latest = Number(last?.dataset.turn ?? 0);
    if (latest !== turns) {
      chosen = null;
      if (!latest) sessionStorage.removeItem("wenju"); // the conversation that a reload comes back to
      turns = latest;
      following = true;
    }
    if (last?.dataset.exchange) sessionStorage.setItem("wenju", last.dataset.exchange);
    if (wanted && document.getElementById(`why-${wanted}`)) explain();
    if (following && latest && narrow.matches) newest()?.scrollIntoView({ block: "start" });
    const turn = chosen?.turn ?? latest;
    for (const group of groups) setClass(group, "wj-shown", Number(group.dataset.turn) === turn);
    for (const card of sources()?.querySelectorAll(".wj-card") ?? [])
      setClass(card, "wj-on", card.id === chosen?.id);
    // Gradio takes away by what a drawing is scaled to its place.
    for (const plot of document.querySelectorAll("#wj-chat .wj-plot:not([viewBox])"))
      plot.setAttribute("viewBox", `0 0 ${plot.getAttribute("width")} ${plot.getAttribute("height")}`);
    // Gradio labels a message with its own HTML source, which a screen reader would read out.
    for (const message of document.querySelectorAll("#wj-chat [data-testid][aria-label]"))
      message.removeAttribute("aria-label");
    markPage();
  }

  function reveal(element, block) {
    element.scrollIntoView({ behavior: calm.matches ? "auto" : "smooth", block });
  }

  function follow(href) {
    const match = TARGET.exec(href ?? "");
    if (!match) return;
    const [, kind, turn, number] = match;
    const id = `${kind}-${turn}-${number}`;
    following = false;
    if (kind === "source") {
      chosen = { turn: Number(turn), id };
      apply();
    }
    const element = document.getElementById(id);
    if (!element) return;
    reveal(element, kind === "source" ? "nearest" : "center");
    if (kind === "source") element.focus({ preventScroll: true });
    else flash(element);
  }

  function explain() {
    const panel = document.getElementById(`why-${wanted}`);
    chosen = { turn: wanted, id: panel.id };
    wanted = 0;
    following = false;
    for (const group of sources().querySelectorAll(".wj-group"))
      setClass(group, "wj-shown", Number(group.dataset.turn) === chosen.turn);
    reveal(panel, "start");
    panel.focus({ preventScroll: true });
  }

  function flash(element) {
    element.classList.remove("wj-flash");
    void element.offsetWidth; // restarts the animation
    element.classList.add("wj-flash");
  }

  document.addEventListener("click", (event) => {
    const pointed = link(event.target);
    if (!pointed) return;
    event.preventDefault();
    follow(pointed.getAttribute("href"));
  });

  document.addEventListener("click", (event) => {
    const asked = event.target instanceof Element && event.target.closest("a[href^='#why-']");
    if (asked) wanted = Number(asked.getAttribute("href").slice("#why-".length));
    if (wanted && document.getElementById(`why-${wanted}`)) wanted = 0; // it is put away
  });

  // ---- the box: Enter sends, Shift+Enter breaks the line, the Enter of an input method does neither ----
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches?.("#wj-box textarea")) return;
    // Before Gradio hears of it, which would send on all three.
    if (event.shiftKey || event.isComposing || event.keyCode === 229) event.stopImmediatePropagation();
  }, { capture: true });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && event.target.matches?.("#wj-box textarea")) document.querySelector("#wj-hint a[href^='#cancel-']")?.click();
  });

  // ---- by which this browser is known again, where nobody logs in ----
  const key = /(?:^|; )wenju=([0-9a-f]{32})/.exec(document.cookie)?.[1]
    ?? [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  document.cookie = `wenju=${key}; path=/; max-age=${400 * 86400}; SameSite=Strict`;

  // ---- what leaves the page ----
  async function copy(text) {
    // Only a page from this machine or over HTTPS has a clipboard.
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    document.body.append(area);
    area.select();
    document.execCommand("copy");
    area.remove();
  }

  document.addEventListener("click", async (event) => {
    const link = event.target instanceof Element && event.target.closest("a[href^='#copy-']");
    if (!link) return;
    event.preventDefault();
    const turn = link.getAttribute("href").slice("#copy-".length);
    const source = sources().querySelector(`.wj-group[data-turn="${turn}"] .wj-copy`);
    await copy(source.textContent);
    const words = link.textContent;
    link.textContent = source.dataset.copied;
    setTimeout(() => { link.textContent = words; }, 1500);
  });

  function save({ name, type, data }) {
    const bytes = Uint8Array.from(atob(data), (char) => char.charCodeAt(0));
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([bytes], { type }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  }

  for (const hand of ["pointerdown", "wheel", "keydown"])
    document.addEventListener(hand, () => { following = false; }, { passive: true });

  // While an answer is being written, the link under the pointer may be replaced between press and
  // release; then no click follows.
  const within = (node) => node instanceof Element && node.closest("a[href^='#']");
  let pressed = null;
  document.addEventListener("pointerdown", (event) => { pressed = within(event.target) || null; });
  document.addEventListener("pointerup", (event) => {
    const now = within(document.elementFromPoint(event.clientX, event.clientY));
    if (now && pressed && !pressed.isConnected && now.getAttribute("href") === pressed.getAttribute("href"))
      now.click();
    pressed = null;
  });

  new MutationObserver(apply).observe(document.body, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["class", "id", "data-turn", "aria-label"],
  });

  // ---- which page is shown: #ask or #collection ----
  const shownPage = () => (location.hash === "#collection" ? "collection" : "ask");

  // Gradio writes the header anew when the collection or the language changes.
  function markPage() {
    for (const link of document.querySelectorAll("#wj-title nav a")) {
      const here = link.getAttribute("href") === `#${shownPage()}`;
      if (link.getAttribute("aria-current") !== (here ? "page" : null))
        here ? link.setAttribute("aria-current", "page") : link.removeAttribute("aria-current");
      if (link.getAttribute("href") === "logout") link.hidden = !window.gradio_config?.username;
    }
  }

  function turnPage() {
    document.body.dataset.page = shownPage();
    markPage();
    document.dispatchEvent(new Event("wenju-page"));
  }

  window.addEventListener("hashchange", turnPage);
  turnPage();

  const language = () => document.querySelector("#wj-language input:checked")?.value;
  const TAGS = { zh: "zh-CN", "zh-Hant": "zh-TW", en: "en" };
  const sayLanguage = () => { document.documentElement.lang = TAGS[language()] ?? "zh-CN"; };
  document.addEventListener("change", sayLanguage);
  sayLanguage();

  window.wenju = { ...window.wenju, save, language, toggleTheme: () => { document.body.classList.toggle("dark"); } };
})();
