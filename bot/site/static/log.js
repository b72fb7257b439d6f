// The talk as it is seen: bubbles, and the buttons of the card that waits for an answer.

const PAUSE_SHOWN = 5 * 60 * 1000; // after so many milliseconds the time is shown again

export class Log {
  constructor({ list, quick, words, url, press, givePlace, again, reply, speaker }) {
    Object.assign(this, { list, quick, words, url, press, givePlace, again, reply, speaker });
    this.bubbles = new Map(); // every id that a card has had -> its bubble
    this.mine = new Map(); // client id -> row
    this.order = []; // bubbles, the one shown or changed last at the end
    this.lastAt = 0;
    this.newest = null; // the row that was shown last
    this.pressed = null; // the bubble whose button was pressed, until an answer comes
    this.follows = true; // until somebody scrolls away to read what was said before
    list.addEventListener("scroll", () => this.scrolled(), { passive: true });
    if ("ResizeObserver" in window) new ResizeObserver(() => this.settle()).observe(list);
  }

  // What the server remembers and what this phone remembers, put together as they were said.
  load(cards, items) {
    const rest = items.filter((item) => item.show);
    const oldest = cards.length ? cards[0].at : Infinity;
    const known = new Set(cards.flatMap((card) => [card.id, card.replaces]));
    const take = (wanted) => {
      for (const item of rest.filter(wanted)) {
        rest.splice(rest.indexOf(item), 1);
        this.answered(item.of);
        this.say(item);
      }
    };
    take((item) => !known.has(item.anchor) && item.at < oldest);
    for (const card of cards) {
      this.show(card, true);
      take((item) => item.anchor === card.id);
    }
    take(() => true);
    this.arrange();
    this.reveal();
  }

  show(card, quietly = false) {
    if (this.bubbles.has(card.id)) return;
    const before = this.bubbles.get(card.replaces);
    const bubble = before ?? this.newBubble(card);
    // What asked for a deed that somebody else has done gives way to what was asked before it.
    const settled = Boolean(before?.card.asks) && !card.asks && before !== this.pressed;
    const rest = this.order.filter((each) => each !== bubble);
    this.pressed = null;
    this.bubbles.set(card.id, bubble);
    bubble.card = card;
    bubble.answered = false;
    this.fill(bubble);
    if (before && !quietly) this.showEdit(bubble);
    this.order = settled ? [bubble, ...rest] : [...rest, bubble];
    this.arrange();
    if (settled) return;
    this.newest = bubble.row;
    if (!quietly && (this.follows || before)) this.reveal();
  }

  say(item) {
    const old = this.mine.get(item.id);
    const row = this.drawMine(item);
    this.mine.set(item.id, row);
    if (old) old.replaceWith(row);
    else this.append(row, item.at);
    this.markLatest();
    if (old) return this.settle();
    this.newest = row;
    this.reveal();
  }

  // Presses that only changed the card they were made on leave no bubble.
  unsay(item) {
    this.mine.get(item.id)?.remove();
    this.mine.delete(item.id);
    this.settle();
  }

  isOf(id, card) {
    return Boolean(id) && this.bubbles.get(id) === this.bubbles.get(card);
  }

  // The card that was pressed on, or else the one that waits, has its answer.
  answered(id) {
    const bubble = this.bubbles.get(id) ?? this.active();
    if (bubble) bubble.answered = true;
    this.pressed = bubble;
  }

  // While a press is on its way the buttons rest: a second tap is not a second answer. They are not
  // disabled, for that would take the keyboard's place away.
  rest(resting) {
    this.quick.setAttribute("aria-busy", String(resting));
    this.resting = resting;
  }

  // Buttons, a keyboard or larger letters took room: who was reading the newest still does.
  settle() {
    if (this.follows) this.reveal();
  }

  active() {
    for (let i = this.order.length - 1; i >= 0; i -= 1) {
      const { card } = this.order[i];
      if ((card.rows.length || card.place) && !card.old) return this.order[i];
    }
    return null;
  }

  // -- drawing --------------------------------------------------------------------------------

  newBubble(card) {
    const bubble = { row: element("div", { class: "row bot" }) };
    this.append(bubble.row, card.at);
    return bubble;
  }

  fill({ row, card }) {
    const speech = element("div", { class: "bubble" }, heard(this.words.bot), ...paragraphs(card.text));
    row.replaceChildren(element("div", { class: "speech" }, speech, this.replying(card)));
    if (card.calls) row.append(element("div", { class: "calls" }, ...card.calls.map((n) => this.call(n))));
    if (card.document) row.append(element("div", { class: "calls" }, this.document(card)));
    const reading = this.speaker(card.text);
    if (reading) row.append(reading);
  }

  replying(card) {
    const label = `${this.words.reply}：${firstWords(card)}`;
    const button = element("button", { class: "reply", type: "button", "aria-label": label }, this.words.reply);
    button.onclick = () => this.reply(card);
    return button;
  }

  call(number) {
    const href = `tel:${number.replace(/[^0-9+]/g, "")}`;
    return element("a", { class: "call", href }, icon("i-call"), `${this.words.call} ${number}`);
  }

  document({ id, document: { name, size } }) {
    const href = this.url(`cards/${id}/document`);
    const kilobytes = Math.max(1, Math.round(size / 1000));
    const label = `${this.words.fetch} ${name}（${kilobytes} KB）`;
    // A code is there to be scanned by another phone, from this one.
    const code = /\.png$/i.test(name) ? [element("img", { class: "code", src: href, alt: name })] : [];
    return element("a", { class: "call document", href, download: name }, ...code, label);
  }

  drawMine(item) {
    const speech = element("div", { class: "bubble" }, heard(this.words.you));
    if (item.quote) speech.append(element("q", {}, item.quote));
    if (item.preview) speech.append(element("img", { src: item.preview, alt: this.words.photo_alt }));
    else speech.append(item.show);
    return element("div", { class: "row me" }, speech, this.state(item));
  }

  state(item) {
    const { words } = this;
    if (item.state === "sent") return element("span", { class: "state sent" }, `✓ ${words.sent}`);
    if (item.state === "refused") {
      return element("span", { class: "state" }, `${words.refused}：${item.why ?? ""}`);
    }
    if (!item.unsure) return element("span", { class: "state" }, words.waiting);
    const button = element("button", { class: "state", type: "button" }, words.unsent);
    button.onclick = () => this.again(item);
    return button;
  }

  markLatest() {
    for (const each of this.list.querySelectorAll(".latest")) each.classList.remove("latest");
    const all = this.list.querySelectorAll(".state.sent");
    if (all.length) all[all.length - 1].classList.add("latest");
  }

  append(row, at) {
    if (at - this.lastAt > PAUSE_SHOWN) this.list.append(element("div", { class: "time" }, clock(at)));
    this.lastAt = Math.max(at, this.lastAt);
    this.list.append(row);
  }

  showEdit({ row }) {
    row.classList.remove("edited");
    void row.offsetWidth; // lets the same animation start anew
    row.classList.add("edited");
  }

  // The newest card's buttons stand at hand; those of earlier ones stay with their bubbles, folded
  // away once they were answered.
  arrange() {
    const active = this.active();
    for (const bubble of this.order) {
      bubble.row.querySelectorAll(".inline, .fold").forEach((each) => each.remove());
      if (bubble !== active && bubble.card.rows.length) this.attach(bubble);
    }
    this.offer(active);
  }

  attach(bubble) {
    const buttons = element("div", { class: "inline" }, ...this.lines(bubble.card).flat());
    if (bubble.card.old || bubble.answered) {
      buttons.hidden = true;
      const fold = element("button", { class: "fold", type: "button", "aria-expanded": "false" }, `${this.words.options} ▾`);
      fold.onclick = () => {
        buttons.hidden = !buttons.hidden;
        fold.setAttribute("aria-expanded", String(!buttons.hidden));
      };
      bubble.row.append(fold);
    }
    bubble.row.append(buttons);
  }

  offer(bubble) {
    const focused = this.quick.contains(document.activeElement);
    const lines = bubble ? this.lines(bubble.card) : [];
    if (bubble?.card.place && this.givePlace.can()) lines.unshift([this.placeButton()]);
    const { scrollTop, textContent } = this.quick;
    this.quick.replaceChildren(...lines.map(row));
    this.quick.hidden = !lines.length;
    // Whoever ticks the eighth of ten stays where they are.
    this.quick.scrollTop = unticked(this.quick.textContent) === unticked(textContent) ? scrollTop : 0;
    this.rest(false);
    if (focused) (this.quick.querySelector("button") ?? this.list).focus({ preventScroll: true });
  }

  // Rows of buttons; what is dangerous stands first, whatever its place on the card.
  lines(card) {
    let position = 0;
    const rows = card.rows.map((row) => row.map((button) => this.button(card, button, position++)));
    const urgent = rows.flat().filter((button) => button.classList.contains("danger"));
    const others = rows.map((row) => row.filter((button) => !urgent.includes(button)));
    return [...urgent.map((button) => [button]), ...others].filter((row) => row.length);
  }

  button(card, { label, style }, position) {
    const button = element("button", { type: "button", class: style ?? "" }, label);
    button.onclick = () => this.resting || this.press(card, position, label);
    return button;
  }

  placeButton() {
    const button = element("button", { type: "button" }, icon("i-place"), this.words.share_place);
    button.onclick = () => this.givePlace();
    return button;
  }

  // -- looking --------------------------------------------------------------------------------

  // To the end; but the first line of a long card is not pushed out of sight.
  reveal() {
    this.list.scrollTop = this.list.scrollHeight;
    const above = this.list.getBoundingClientRect().top - (this.newest?.getBoundingClientRect().top ?? 0);
    if (this.newest && above > 0) this.list.scrollTop -= above + 8;
    this.put = this.list.scrollTop;
    this.follows = true;
  }

  scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.list;
    const nearEnd = scrollHeight - scrollTop - clientHeight < 80;
    this.follows = nearEnd || Math.abs(scrollTop - this.put) < 8;
  }
}

// The way on stays in sight, however long the list.
function row(buttons) {
  const goes = buttons.some((button) => button.matches(".main, .way"));
  return element("div", { class: goes ? "line goes" : "line" }, ...buttons);
}

const unticked = (text) => text.replace(/[☐☑\d]/g, "");

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) if (value !== "") made.setAttribute(key, value);
  made.append(...children);
  return made;
}

export function icon(name) {
  const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#${name}`);
  picture.setAttribute("class", "icon");
  picture.setAttribute("aria-hidden", "true");
  picture.append(use);
  return picture;
}

export function firstWords(card) {
  const line = card.text.trim().split("\n")[0];
  return line.length > 24 ? `${line.slice(0, 24)}…` : line;
}

function heard(who) {
  return element("span", { class: "only-heard" }, `${who}：`);
}

function paragraphs(text) {
  return text.split(/\n{2,}/).map((part) => element("p", {}, ...together(part)));
}

// Numbers that belong together (1 3, 482 719 386) stand in one line; what is copied stays as it is.
function together(text) {
  const parts = text.split(/(\b\d{1,4}(?: \d{1,4}){1,2}\b)/);
  return parts.map((part, at) => (at % 2 ? element("span", { class: "together" }, part) : part));
}

function clock(at) {
  const then = new Date(at);
  const time = then.toLocaleTimeString("zh-CN", { hour: "2-digit", minute: "2-digit" });
  if (then.toDateString() === new Date().toDateString()) return time;
  return `${then.toLocaleDateString("zh-CN", { month: "long", day: "numeric" })} ${time}`;
}
