// The way out: everything said waits here until the server has stored it. Each thing has a name
// (client id), so sending it twice is the same as once. Words and presses go in their order; files
// have a lane of their own, so that an alarm never waits behind a video.

import { blobs, newId } from "./store.js";

const PAUSES = [1, 2, 4, 8, 15, 30]; // seconds
const MAX_KEPT = 200;
const SAY_SECONDS = 20;
const UPLOAD_SECONDS = 600;

export class Queue {
  constructor({ store, url, words, changed, toast, renew }) {
    Object.assign(this, { store, url, words, changed, toast, renew });
    this.items = store.all("item:").sort((a, b) => a.n - b.n);
    this.lanes = { words: lane(), files: lane() };
  }

  add(kind, body, more = {}) {
    const item = { id: newId(), n: this.next(), at: Date.now(), kind, body, state: "waiting", ...more };
    this.items.push(item);
    this.keep(item);
    this.trim();
    this.wake();
    return item;
  }

  // Send at once what waits: the line is back, or somebody asked.
  wake() {
    for (const [name, own] of Object.entries(this.lanes)) {
      own.tries = 0;
      own.ring?.();
      this.run(name);
    }
  }

  again(item) {
    if (item.state === "refused") item.state = "waiting";
    item.unsure = false;
    this.keep(item);
    this.wake();
  }

  // It needs no bubble any more: the card itself shows what it did.
  hush(item) {
    item.show = "";
    if (item.state === "sent") this.forget(item);
    else this.keep(item);
  }

  forgetDone() {
    for (const item of this.items.filter(({ state }) => state !== "waiting")) this.forget(item);
  }

  forget(item) {
    this.items = this.items.filter((each) => each !== item);
    this.store.drop(`item:${item.n}`);
    if (item.kind === "file") blobs.drop(item.id);
  }

  async run(name) {
    const own = this.lanes[name];
    if (own.busy) return;
    own.busy = true;
    for (let item = this.first(name); item; item = this.first(name)) {
      const outcome = await this.deliver(item);
      if (outcome === "later") await this.pause(own, item);
      else own.tries = 0;
    }
    own.busy = false;
  }

  first(name) {
    return this.items.find((item) => item.state === "waiting" && laneOf(item) === name);
  }

  async pause(own, item) {
    const seconds = PAUSES[Math.min(own.tries, PAUSES.length - 1)];
    own.tries += 1;
    if (own.tries > 2) this.mark(item, { unsure: true });
    await new Promise((resolve) => {
      own.ring = resolve;
      setTimeout(resolve, seconds * 1000 * (0.8 + 0.4 * Math.random()));
    });
    own.ring = null;
  }

  async deliver(item) {
    if (item.kind === "file" && !item.body.file) {
      const outcome = await this.upload(item);
      if (outcome !== "done") return outcome;
    }
    const said = { client_id: item.id, kind: item.kind, ago: Date.now() - item.at, ...item.body };
    const headers = { "Content-Type": "application/json" };
    const answer = await this.post("say", { headers, body: JSON.stringify(said) }, SAY_SECONDS);
    if (answer?.body?.code === "no-file" && !item.anew) {
      // Another session gave it, or it lay there for too long: it is given once more.
      this.mark(item, { body: { ...item.body, file: undefined }, anew: true });
      return "later";
    }
    return this.settle(item, answer, ({ toast }) => {
      this.mark(item, { state: "sent", unsure: false });
      if (item.kind === "file") blobs.drop(item.id);
      if (toast) this.toast(toast);
    });
  }

  async upload(item) {
    const blob = item.blob ?? (await blobs.get(item.id));
    if (!blob) {
      this.mark(item, { state: "refused", why: this.words.file_gone });
      return "done with it";
    }
    const type = blob.type || "application/octet-stream";
    const headers = { "Content-Type": type, "X-Name": encodeURIComponent(item.name) };
    const answer = await this.post("files", { headers, body: blob }, UPLOAD_SECONDS);
    return this.settle(item, answer, ({ file }) => this.mark(item, { body: { ...item.body, file } }));
  }

  // 2xx is done; what only time may mend is tried later; anything else never gets better. Only
  // what is said in our own words is ours: a network that wants a login, or a proxy, says 200 too.
  async settle(item, answer, done) {
    if (answer?.ok && answer.body) {
      done(answer.body);
      return "done";
    }
    const own = answer?.body?.code;
    if (answer?.status === 401) await this.renew();
    if (answer?.status === 429 && own) this.toast(answer.body.say);
    const why = own ? answer.body.say : answer?.status === 413 ? this.words.too_big : "";
    if (!why || [401, 408, 429].includes(answer.status) || answer.status >= 500) return "later";
    this.mark(item, { state: "refused", why });
    return "done with it";
  }

  async post(path, request, seconds) {
    const giveUp = new AbortController();
    const timer = setTimeout(() => giveUp.abort(), seconds * 1000);
    try {
      const response = await fetch(this.url(path), { method: "POST", signal: giveUp.signal, ...request });
      return { ok: response.ok, status: response.status, body: await response.json().catch(() => null) };
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
    }
  }

  mark(item, change) {
    Object.assign(item, change);
    this.keep(item);
    this.changed(item);
  }

  keep(item) {
    const { blob, preview, ...plain } = item;
    if (this.items.includes(item)) this.store.set(`item:${item.n}`, plain);
  }

  trim() {
    const done = this.items.filter((item) => item.state !== "waiting");
    for (const item of done.slice(0, Math.max(0, this.items.length - MAX_KEPT))) this.forget(item);
  }

  // Numbers grow whatever an old phone's clock does.
  next() {
    const last = this.items.length ? this.items[this.items.length - 1].n : 0;
    return Math.max(last + 1, Date.now());
  }
}

function lane() {
  return { busy: false, tries: 0, ring: null };
}

function laneOf(item) {
  return item.kind === "file" ? "files" : "words";
}
