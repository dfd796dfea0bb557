// People in space on a plain canvas: lines with perspective, turned around a point.
const NEAR = 0.1; // metres before the eye that are left out

export class Space {
  constructor(canvas, label) {
    Object.assign(this, { canvas, turn: -0.6, tilt: 0.35, distance: 5, target: [0, 0, 1], groups: new Map() });
    Object.assign(this, { topologies: {}, fitted: false });
    canvas.setAttribute("aria-label", label);
    this.#listen();
  }

  // people of one source; {skeleton, optical, people}. Returns whether anybody has a place.
  show(source, found) {
    const placed = (found?.people ?? []).filter((person) => person.places);
    const people = placed.map(({ places }) => places.map((place) => place && (found.optical ? upright(place) : place)));
    this.groups.set(source, { topology: this.topologies[found?.skeleton], people });
    if (people.length && !this.fitted) this.#fit(people);
    this.draw();
    return people.length > 0;
  }

  // take away the people of a camera
  remove(camera) {
    for (const source of this.groups.keys()) if (source.startsWith(`${camera} `)) this.groups.delete(source);
    this.draw();
  }

  draw() {
    const { canvas } = this;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight].map((pixels) => pixels * devicePixelRatio);
    if (!width) return;
    Object.assign(canvas, { width, height });
    const context = canvas.getContext("2d");
    const style = getComputedStyle(document.documentElement);
    context.strokeStyle = style.getPropertyValue("--line");
    const floor = this.floor ?? 0;
    for (let i = -5; i <= 5; i++) {
      this.#line(context, [i, -5, floor], [i, 5, floor], width, height);
      this.#line(context, [-5, i, floor], [5, i, floor], width, height);
    }
    context.lineWidth = 3 * devicePixelRatio;
    context.lineCap = "round";
    for (const { topology, people } of this.groups.values()) {
      for (const places of people) {
        topology?.links.forEach(([a, b], i) => {
          context.strokeStyle = topology.link_colors[i];
          if (places[a] && places[b]) this.#line(context, places[a], places[b], width, height);
        });
      }
    }
  }

  // pixels of a place, null behind the eye
  project([x, y, z], width, height) {
    const [dx, dy, dz] = [x - this.target[0], y - this.target[1], z - this.target[2]];
    const [cos, sin] = [Math.cos(this.turn), Math.sin(this.turn)];
    const [right, ahead] = [dx * cos + dy * sin, dy * cos - dx * sin];
    const [cosT, sinT] = [Math.cos(this.tilt), Math.sin(this.tilt)];
    const depth = this.distance + ahead * cosT - dz * sinT;
    if (depth < NEAR) return null;
    const scale = (0.9 * height) / depth;
    return [width / 2 + right * scale, height / 2 - (dz * cosT + ahead * sinT) * scale];
  }

  #line(context, from, to, width, height) {
    const [a, b] = [this.project(from, width, height), this.project(to, width, height)];
    if (!a || !b) return;
    context.beginPath();
    context.moveTo(...a);
    context.lineTo(...b);
    context.stroke();
  }

  #fit(people) {
    const places = people.flat().filter(Boolean);
    const middle = (axis) => places.reduce((sum, place) => sum + place[axis], 0) / places.length;
    this.target = [0, 1, 2].map(middle);
    this.floor = Math.min(...places.map((place) => place[2]));
    const reach = places.map((place) => Math.hypot(...place.map((v, axis) => v - this.target[axis])));
    this.distance = Math.max(3, 2.2 * Math.max(...reach));
    this.fitted = true;
  }

  #move(turn, tilt, closer) {
    this.turn += turn;
    this.tilt = Math.min(1.5, Math.max(-0.2, this.tilt + tilt));
    this.distance = Math.min(50, Math.max(0.5, this.distance * closer));
    this.draw();
  }

  #listen() {
    const { canvas } = this;
    const fingers = new Map();
    const spread = () => {
      const [a, b] = [...fingers.values()];
      return Math.hypot(a[0] - b[0], a[1] - b[1]);
    };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
    });
    canvas.addEventListener("pointermove", (event) => {
      const before = fingers.get(event.pointerId);
      if (!before) return;
      const apart = fingers.size === 2 ? spread() : 0;
      fingers.set(event.pointerId, [event.clientX, event.clientY]);
      if (apart) this.#move(0, 0, apart / Math.max(1, spread()));
      else this.#move((before[0] - event.clientX) / 150, (event.clientY - before[1]) / 150, 1);
    });
    for (const end of ["pointerup", "pointercancel"])
      canvas.addEventListener(end, (event) => fingers.delete(event.pointerId));
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.#move(0, 0, Math.exp(event.deltaY / 800));
    });
    const keys = { ArrowLeft: [0.1, 0, 1], ArrowRight: [-0.1, 0, 1], ArrowUp: [0, -0.1, 1], ArrowDown: [0, 0.1, 1] };
    Object.assign(keys, { "+": [0, 0, 0.9], "-": [0, 0, 1.1] });
    canvas.addEventListener("keydown", (event) => {
      if (!keys[event.key]) return;
      event.preventDefault();
      this.#move(...keys[event.key]);
    });
  }
}

// from a camera's optical frame (x right, y down, z ahead) to z up
function upright([x, y, z]) {
  return [x, z, -y];
}
