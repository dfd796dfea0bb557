// One card a camera: video, people, and what the node says of it.
import { drawPeople } from "./skeletons.js";
import { text } from "./strings.js";

const SILENCE = 2000; // ms without a picture that are told
const LARGEST = 1920; // pixels that a canvas is wide

export class Cameras {
  // close: function() that ends the replay
  constructor(list, empty, close) {
    Object.assign(this, { list, empty, close, cards: new Map(), topologies: {}, node: "" });
    Object.assign(this, { replay: null, bags: new Set() }); // what is replayed, names of all that were
    setInterval(() => this.#tellOfSilence(), 500);
  }

  // returns whether there is a card for the picture
  async show(head, jpeg) {
    const bag = this.#bagOf(head.camera);
    if (bag && bag !== this.replay?.bag) return false; // it was under way when its replay was closed
    const card = this.#card(head.camera);
    const picture = await createImageBitmap(jpeg);
    const scale = Math.min(1, LARGEST / head.width);
    const [width, height] = [Math.round(head.width * scale), Math.round(head.height * scale)];
    if (card.canvas.width !== width || card.canvas.height !== height) Object.assign(card.canvas, { width, height });
    const context = card.context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(picture, 0, 0, width, height);
    picture.close();
    context.setTransform(scale, 0, 0, scale, 0, 0);
    const unit = head.width / (card.canvas.clientWidth || head.width);
    for (const { skeleton, people } of head.people ?? []) {
      const topology = this.topologies[skeleton];
      if (topology) drawPeople(context, people, topology, head.width, head.height, unit);
    }
    card.canvas.dataset.stamp = head.stamp;
    card.seen = performance.now();
    card.lost.hidden = Boolean(head.people);
    card.lost.textContent = head.people ? "" : text("no_people", { node: this.node });
    card.count.textContent = text("people", { count: head.people?.[0].people.length ?? "-" });
    return card.root.isConnected;
  }

  diagnose(statuses) {
    for (const [camera, status] of statuses) {
      const card = this.#card(camera);
      card.said.textContent = status.message;
      card.said.dataset.level = status.level;
      card.rate.textContent = text("fps", { value: status.values.fps_out ?? "-" });
    }
  }

  // Take notice of what is replayed, {bag, ended} or null; the cards of other bags go. Returns their cameras.
  setReplay(replay) {
    this.replay = replay;
    if (replay) this.bags.add(replay.bag);
    const gone = [];
    for (const [camera, card] of this.cards) {
      if (!card.bag) continue;
      if (card.bag !== replay?.bag) {
        card.root.remove();
        this.cards.delete(camera);
        gone.push(camera);
      } else if (!replay.ended) card.seen = performance.now();
    }
    this.#tellOfSilence();
    return gone;
  }

  // the bag whose replay shows this camera; undefined for one of the node's
  #bagOf(camera) {
    return [...this.bags].find((bag) => camera === bag || camera.startsWith(`${bag}: `));
  }

  #card(camera) {
    if (!this.cards.has(camera)) this.cards.set(camera, this.#make(camera));
    return this.cards.get(camera);
  }

  #make(camera) {
    const name = camera || text("camera");
    const root = document.createElement("figure");
    root.dataset.camera = camera;
    const add = (tag, into, values = {}) => into.appendChild(Object.assign(document.createElement(tag), values));
    const view = add("div", root, { className: "view" });
    const canvas = add("canvas", view, { width: 640, height: 480 });
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", text("video_of", { camera: name }));
    const lost = add("p", view, { className: "lost", hidden: true });
    lost.setAttribute("role", "status");
    const caption = add("figcaption", root);
    add("strong", caption, { textContent: name });
    const count = add("span", caption, { className: "faint" });
    const rate = add("span", caption, { className: "faint" });
    const said = add("span", caption, { className: "said" });
    const bag = this.#bagOf(camera);
    if (bag) {
      const button = add("button", caption, { type: "button", textContent: text("replay_close") });
      button.addEventListener("click", () => this.close());
    }
    this.list.append(root);
    this.empty.hidden = true;
    return { root, canvas, context: canvas.getContext("2d"), lost, count, rate, said, bag, seen: performance.now() };
  }

  #tellOfSilence() {
    for (const card of this.cards.values()) {
      const hasEnded = Boolean(card.bag && this.replay?.ended);
      const silence = performance.now() - card.seen;
      if (!hasEnded && (silence < SILENCE || document.hidden)) continue;
      const seconds = Math.floor(silence / 1000);
      card.lost.hidden = false;
      if (hasEnded) card.lost.textContent = text("replay_ended");
      else card.lost.textContent = card.bag ? text("no_image_in_bag", { seconds }) : text("no_image", { seconds });
    }
  }
}
