// Bags: made by a button, replayed by others.
import { text } from "./strings.js";

export class Recordings {
  // ask: function(path, body) that has the server do something
  constructor(button, section, list, ask) {
    Object.assign(this, { button, section, list, ask, shape: "" });
    button.addEventListener("click", () => ask("recording", button.dataset.on !== "true"));
  }

  show({ possible, name, messages, bags, replay }) {
    const { button } = this;
    button.hidden = !possible;
    button.textContent = name ? text("record_stop") : text("record");
    button.dataset.on = name ? "true" : "false";
    button.title = name ? text("recording", { name, messages }) : "";
    this.section.hidden = !possible || !bags.length;
    const shape = JSON.stringify([bags, replay]);
    if (shape === this.shape) return; // a button that is replaced while it is pressed would do nothing
    this.shape = shape;
    const focused = document.activeElement?.dataset.bag;
    this.list.replaceChildren(...bags.map((bag) => this.#entry(bag, bag === replay?.bag ? replay : null)));
    if (focused) [...this.list.querySelectorAll("button")].find(({ dataset }) => dataset.bag === focused)?.focus();
  }

  #entry(bag, replay) {
    const entry = document.createElement("li");
    const button = Object.assign(document.createElement("button"), { type: "button" });
    button.dataset.bag = bag;
    const runs = replay && !replay.ended;
    button.textContent = runs ? text("replay_stop") : text(replay ? "replay_again" : "replay");
    button.addEventListener("click", () => this.ask("replay", runs ? null : bag));
    entry.append(bag, " ", button);
    return entry;
  }
}
