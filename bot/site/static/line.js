// The way in: a stream of events where the network lets one through, long polls where it does not.
// Whatever breaks, it starts again after the last card that it has.

const PAUSES = [1, 2, 4, 8, 15];
const FIRST_WORD_SECONDS = 10; // a proxy that holds the stream back shows by silence
const SILENCE_SECONDS = 50; // the server gives a sign of life every 15

export class Line {
  constructor({ url, last, heard, changed, renew }) {
    Object.assign(this, { url, last, heard, changed, renew });
    this.polls = !("EventSource" in window);
    this.tries = 0;
    this.turn = 0;
  }

  open() {
    this.turn += 1;
    clearTimeout(this.timer);
    this.source?.close();
    if (this.polls) this.poll(this.turn);
    else this.stream(this.turn);
  }

  stream(turn) {
    let spoke = false;
    const source = (this.source = new EventSource(this.where()));
    const alive = () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.lost(turn), SILENCE_SECONDS * 1000);
    };
    this.timer = setTimeout(() => {
      this.polls = !spoke;
      this.open();
    }, FIRST_WORD_SECONDS * 1000);
    source.onmessage = (event) => {
      spoke = true;
      alive();
      this.take(JSON.parse(event.data));
    };
    source.addEventListener("beat", alive);
    source.onerror = () => this.lost(turn);
  }

  async poll(turn) {
    while (turn === this.turn) {
      try {
        const response = await fetch(this.where(), { headers: { Accept: "application/json" } });
        if (!response.ok) throw new Error(response.status);
        const news = await response.json();
        if (turn === this.turn) this.take(news);
      } catch {
        this.lost(turn);
      }
    }
  }

  take({ events }) {
    this.tries = 0;
    this.changed(true);
    for (const event of events) if (event.id) this.last = event.id;
    this.heard(events);
  }

  async lost(turn) {
    if (turn !== this.turn) return;
    this.turn += 1;
    clearTimeout(this.timer);
    this.source?.close();
    this.changed(false);
    const seconds = PAUSES[Math.min(this.tries, PAUSES.length - 1)];
    this.tries += 1;
    this.timer = setTimeout(() => this.back(), seconds * 1000);
  }

  async back() {
    const turn = this.turn;
    if (await this.renew()) {
      if (turn === this.turn) this.open();
    } else this.lost(turn);
  }

  where() {
    return this.url("events", `after=${this.last}`);
  }
}
