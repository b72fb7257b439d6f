// How it looks and sounds: size of the letters, the version for older people, reading aloud.

import { element, icon } from "./log.js";
import { look } from "./store.js";

export class Look {
  constructor(words) {
    this.words = words;
    this.value = { size: "std", elder: false, ...look.get() };
    this.sizes = document.querySelectorAll("[data-size]:not(html)");
    document.getElementById("elder").onclick = () => this.change({ elder: true });
    document.getElementById("elder-off").onclick = () => this.change({ elder: false });
    this.changed = () => {};
    for (const button of this.sizes) {
      button.onclick = () => this.change({ size: button.dataset.size });
    }
    this.apply();
  }

  change(what) {
    Object.assign(this.value, what);
    look.set(this.value);
    this.apply();
    this.changed();
  }

  apply() {
    const root = document.documentElement;
    root.dataset.size = this.value.size;
    root.toggleAttribute("data-elder", this.value.elder);
    for (const button of this.sizes) {
      button.setAttribute("aria-pressed", String(button.dataset.size === this.value.size));
    }
    if (!this.value.elder) window.speechSynthesis?.cancel();
  }

  // A button that reads a card aloud; the style sheet shows it in the version for older people.
  speaker(text) {
    if (!("speechSynthesis" in window)) return null;
    const button = element("button", { type: "button", class: "read" }, icon("i-read"), this.words.read);
    button.onclick = () => read(text);
    return button;
  }
}

function read(text) {
  const speaking = speechSynthesis.speaking;
  speechSynthesis.cancel();
  if (speaking) return;
  const speech = new SpeechSynthesisUtterance(text);
  speech.lang = "zh-CN";
  speech.rate = 0.9;
  speechSynthesis.speak(speech);
}
