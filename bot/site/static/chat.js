// The chat page: puts the parts together.

import { Line } from "./line.js";
import { firstWords, Log } from "./log.js";
import { Look } from "./look.js";
import { canLocate, locate, shrink } from "./media.js";
import { Queue } from "./queue.js";
import { blobs, Store } from "./store.js";

const settings = JSON.parse(document.getElementById("settings").textContent);
const { words } = settings;
const by = (id) => document.getElementById(id);

function url(path, query = "") {
  const acting = settings.acting ? `as=${encodeURIComponent(settings.acting)}` : "";
  const asked = [acting, query].filter(Boolean).join("&");
  return `/chat/${path}${asked ? `?${asked}` : ""}`;
}

let me = null;

// Who we are; false while the server cannot be reached. Another person's page starts anew.
async function renew() {
  try {
    const response = await fetch(url("session"), { method: "POST" });
    if (!response.ok) return false;
    const found = (await response.json()).me;
    if (me && me !== found) {
      new Store(me).moveTo(found);
      location.reload();
    }
    me = found;
    return true;
  } catch {
    return false;
  }
}

async function start() {
  const look = new Look(words);
  tools();
  if (!navigator.cookieEnabled && !settings.acting) {
    by("empty").textContent = words.no_cookies;
    return;
  }
  for (let seconds = 1; !(await renew()); seconds = Math.min(15, seconds * 2)) {
    connected(false);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
  talk(new Store(me), look);
}

function talk(store, look) {
  const queue = new Queue({ store, url, words, changed, toast, renew });
  const log = new Log({
    list: by("log"), quick: by("quick"), words, url, press, again, givePlace, reply,
    speaker: (text) => look.speaker(text),
  });
  look.changed = () => log.settle();
  let loaded = false;
  const unseen = new Set();
  // Only where a wiped page comes back to the same session (the demo) is anything left out.
  const since = store.get("since", "0");
  const line = new Line({ url, last: since, heard, changed: lineChanged, renew });

  function heard(events) {
    for (const { waiting } of events) if (waiting) news(waiting, true);
    const cards = events.filter((event) => event.id);
    // A lost phone: what stands here is nobody's any more, and the server does not show it again.
    if (loaded && cards.some((card) => card.wipes)) return location.reload();
    if (!loaded) load(cards);
    else for (const card of cards) take(card);
    for (const { id, asks } of cards) if (asks) unseen.add(id);
    tellShown();
    if (cards.length && document.hidden) document.title = `● ${words.title}`;
  }

  function load(cards) {
    loaded = true;
    if (!cards.length) queue.forgetDone(); // the server knows of no talk: ours was another
    const greeted = cards.length || queue.items.length;
    log.load(cards, queue.items);
    if (cards.length) fit(cards.at(-1));
    by("log").setAttribute("aria-busy", "false");
    by("empty").hidden = Boolean(greeted);
    const invited = arrive();
    if (greeted) queue.wake();
    else if (!invited) queue.add("hello", {});
  }

  // What asks to act is told to be shown once somebody can see it; what was not told is told again.
  async function tellShown() {
    if (document.hidden || !unseen.size) return;
    const cards = [...unseen].slice(0, 100);
    const headers = { "Content-Type": "application/json" };
    const told = { method: "POST", headers, body: JSON.stringify({ cards }) };
    const response = await fetch(url("shown"), told).catch(() => null);
    if (response?.ok) for (const id of cards) unseen.delete(id);
  }

  // A link of an invitation: the token stands behind #, which no server sees, and goes at once.
  function arrive() {
    const token = /^#start=([A-Za-z0-9_-]{16,64})$/.exec(location.hash)?.[1];
    if (!token) return false;
    history.replaceState(null, "", location.pathname + location.search);
    queue.add("text", { text: `/start ${token}` });
    return true;
  }

  // Few and large buttons are kept with the person: the page looks as their newest card does.
  let large = false;
  function fit(card) {
    if (card.large !== large && (card.large || card.rows.length)) look.change({ elder: Boolean(card.large) });
    large = Boolean(card.large);
  }

  function take(card) {
    by("empty").hidden = true;
    fit(card);
    log.show(card);
    if (!card.replaces) return;
    for (const item of queue.items.filter(({ of }) => log.isOf(of, card.id))) {
      log.unsay(item);
      queue.hush(item);
    }
  }

  function changed(item) {
    if (item.show) log.say(item);
    if (item.kind === "press" && item.state !== "waiting") setTimeout(() => log.rest(false), 600);
  }

  function say(kind, body, more) {
    by("empty").hidden = true;
    const item = queue.add(kind, body, { anchor: line.last, ...more });
    log.say(item);
    return item;
  }

  function press(card, position, label) {
    log.rest(true);
    log.answered(card.id);
    say("press", { token: card.token, position, on: card.id }, { show: label, of: card.id });
  }

  // What is said next belongs to this card (an addition to the report of a receipt, say).
  let replied = null;

  function reply(card) {
    replied = card;
    by("reply").hidden = !card;
    by("reply-to").textContent = card ? `${words.reply}：${firstWords(card)}` : "";
    if (card) by("text").focus();
  }

  function sayReplying(kind, body, more) {
    const card = replied;
    if (!card) return say(kind, body, more);
    reply(null);
    return say(kind, { ...body, on: card.id }, { ...more, quote: firstWords(card) });
  }

  function again(item) {
    queue.again(item);
    line.open();
  }

  async function givePlace() {
    if (!(await ask(words.place_title, words.place_text, words.place_yes))) return;
    if (!canLocate()) return toast(words.place_failed);
    toast(words.place_finding);
    try {
      sayReplying("place", await locate(), { show: words.place_sent });
    } catch {
      toast(words.place_failed);
    }
  }
  givePlace.can = canLocate;

  async function give(file, show, prepared = file) {
    if (prepared.size > settings.file) return toast(words.too_big);
    const preview = prepared.type.startsWith("image/") ? URL.createObjectURL(prepared) : "";
    const item = sayReplying("file", {}, { show, name: file.name, blob: prepared, preview });
    blobs.put(item.id, prepared);
  }

  function lineChanged(up) {
    connected(up);
    if (up) queue.wake();
    if (up) tellShown();
  }

  async function wipe() {
    if (!(await ask(words.wipe_title, words.wipe_text, words.wipe_yes))) return;
    const response = await fetch(url("forget"), { method: "POST" }).catch(() => null);
    if (!response?.ok) return toast(words.lost_line);
    store.wipe();
    await blobs.wipe();
    if (settings.acting) store.set("since", line.last);
    location.replace(location.pathname + location.search);
  }

  composer(store, (text) => {
    if (!replied) log.answered();
    sayReplying("text", { text }, { show: text });
  });
  for (const [id, text] of [["elder", words.elder_said], ["elder-off", words.plain_said]]) {
    by(id).addEventListener("click", () => say("text", { text }, { show: text }));
  }
  by("reply-off").onclick = () => reply(null);
  by("place").onclick = givePlace;
  by("wipe").onclick = wipe;
  picked("photo", async (file) => give(file, words.photo_sent, await shrink(file)));
  picked("voice", (file) => give(file, words.voice_sent));
  picked("file", async (file) => {
    if (file.type.startsWith("image/")) return give(file, words.photo_sent, await shrink(file));
    const show = file.type.startsWith("video/") ? words.video_sent : words.file_sent;
    return give(file, `${show} ${file.name}`);
  });
  window.addEventListener("hashchange", arrive);
  window.addEventListener("online", () => line.open());
  window.addEventListener("offline", () => connected(false));
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    document.title = words.title;
    tellShown();
    if (!by("lost").hidden) line.open();
  });
  line.open();
}

// -- the parts of the page --------------------------------------------------------------------

function composer(store, say) {
  const text = by("text");
  const size = () => {
    text.style.height = "auto";
    text.style.height = `${text.scrollHeight + 3}px`;
  };
  text.value = text.value || store.get("draft", "");
  size();
  text.addEventListener("input", () => {
    store.set("draft", text.value);
    size();
  });
  // While an input method is choosing characters, Enter belongs to it.
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    send();
  });
  by("composer").addEventListener("submit", send);

  function send() {
    const said = text.value.trim();
    if (!said) return text.focus();
    text.value = "";
    store.drop("draft");
    size();
    say(said);
    return undefined;
  }
}

function picked(id, give) {
  by(id).addEventListener("change", async ({ target }) => {
    const files = [...target.files];
    target.value = "";
    fold("attach", "tools", true);
    for (const file of files) await give(file);
  });
}

function tools() {
  by("composer").addEventListener("submit", (event) => event.preventDefault());
  by("attach").onclick = () => fold("attach", "tools");
  by("menu").onclick = () => fold("menu", "panel");
  for (const link of document.querySelectorAll("[data-role]")) {
    const key = link.dataset.role;
    if (key === settings.acting) link.scrollIntoView({ inline: "center", block: "nearest" });
    if (key === settings.acting) news(key, false);
    else news(key, sessionStorage.getItem(`news:${key}`));
  }
  for (const button of document.querySelectorAll("[data-forward]")) {
    button.onclick = async () => {
      const leap = await fetch(`/demo/forward?minutes=${button.dataset.forward}`, { method: "POST" });
      if (leap.ok) toast(words.hurried.replace("{now}", (await leap.json()).now));
    };
  }
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    fold("attach", "tools", true);
    fold("menu", "panel", true);
  });
}

function fold(button, part, closed = !by(part).hidden) {
  by(part).hidden = closed;
  by(button).setAttribute("aria-expanded", String(!closed));
}

// A dot on the people of the demo who were told something.
function news(key, any) {
  const link = document.querySelector(`[data-role="${CSS.escape(key)}"]`);
  link?.classList.toggle("news", Boolean(any));
  if (any) link?.setAttribute("title", words.news);
  if (any) link?.scrollIntoView({ inline: "nearest", block: "nearest" });
  if (any) sessionStorage.setItem(`news:${key}`, "1");
  else sessionStorage.removeItem(`news:${key}`);
}

function connected(up) {
  by("lost").hidden = up;
}

let toastTimer;

function toast(text) {
  by("toast").textContent = text;
  by("toast").hidden = false;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => { by("toast").hidden = true; }, 4000);
}

// A question of the page itself, above the composer; resolves to yes or no.
function ask(title, text, yes) {
  const before = document.activeElement;
  fold("attach", "tools", true);
  fold("menu", "panel", true);
  by("sheet-title").textContent = title;
  by("sheet-text").textContent = text;
  by("sheet-yes").textContent = yes;
  by("sheet-no").textContent = words.no;
  by("sheet").hidden = false;
  document.body.classList.add("asking");
  by("sheet").focus();
  return new Promise((resolve) => {
    const close = (answer) => {
      by("sheet").hidden = true;
      document.body.classList.remove("asking");
      by("sheet").onkeydown = null;
      before?.focus();
      resolve(answer);
    };
    by("sheet-yes").onclick = () => close(true);
    by("sheet-no").onclick = () => close(false);
    by("sheet").onkeydown = (event) => event.key === "Escape" && close(false);
  });
}

start();
