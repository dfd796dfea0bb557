// The node's parameters as sliders, switches and fields, made of what it tells of each.
// What is changed goes to the node at once, with all that it refused before: all or nothing.
import { post } from "./connection.js";
import { text } from "./strings.js";

const STEPS = 200; // of a slider of real numbers

export class Parameters {
  constructor(root, refusal, reset) {
    Object.assign(this, { root, refusal, reset, rows: new Map(), pending: new Map(), shape: "" });
    root.addEventListener("submit", (event) => event.preventDefault());
    reset.addEventListener("click", () => this.#giveUp());
  }

  show(parameters) {
    const shape = JSON.stringify(parameters.map(({ value, ...described }) => described));
    if (shape !== this.shape) {
      this.shape = shape;
      this.#build(parameters);
    }
    for (const { name, value } of parameters) {
      const row = this.rows.get(name);
      Object.assign(row, { value, told: performance.now() });
      if (!this.pending.has(name)) row.set(value);
    }
  }

  #build(parameters) {
    const open = new Set([...this.root.querySelectorAll("details[open]")].map((group) => group.dataset.group));
    this.rows.clear();
    this.root.replaceChildren();
    const groups = new Map();
    for (const parameter of [...parameters].sort((a, b) => b.live - a.live)) {
      const group = groupOf(parameter);
      if (!groups.has(group)) groups.set(group, this.#group(group, open.size ? open.has(group) : group === "general"));
      groups.get(group).append(this.#row(parameter));
    }
    if (!parameters.length) this.root.textContent = text("parameters_none");
  }

  #group(name, isOpen) {
    const group = this.root.appendChild(document.createElement("details"));
    group.dataset.group = name;
    group.open = isOpen;
    group.appendChild(document.createElement("summary")).textContent = text(name);
    return group;
  }

  #row(parameter) {
    const row = Object.assign(document.createElement("div"), { className: "row" });
    const label = row.appendChild(document.createElement("label"));
    label.textContent = parameter.name;
    label.htmlFor = `parameter-${parameter.name}`;
    const { inputs, read, write } = control(parameter);
    inputs[0].id = label.htmlFor;
    const help = Object.assign(document.createElement("small"), { textContent: parameter.description });
    help.id = `help-${parameter.name}`;
    for (const input of inputs) {
      input.disabled = parameter.read_only;
      input.setAttribute("aria-describedby", help.id);
      input.addEventListener("input", () => inputs.forEach((other) => other !== input && (other.value = input.value)));
      input.addEventListener("change", () => this.#change(parameter.name, read(input)));
    }
    for (const input of inputs.slice(1)) input.setAttribute("aria-label", parameter.name);
    row.append(...inputs, help);
    this.rows.set(parameter.name, { root: row, set: write });
    return row;
  }

  async #change(name, value) {
    this.pending.set(name, value);
    this.rows.get(name).root.classList.add("pending");
    const sent = [...this.pending];
    const since = performance.now();
    const answer = await post("parameters", Object.fromEntries(sent)).catch(() => ({
      done: false,
      reason: text("no_answer"),
    }));
    if (answer.done) this.#settle(sent, since);
    this.refusal.hidden = this.reset.hidden = Boolean(answer.done) || !this.pending.size;
    this.refusal.textContent = answer.done ? "" : text("refused", { reason: answer.reason });
  }

  #settle(sent, since) {
    for (const [name, value] of sent) {
      if (this.pending.get(name) !== value) continue; // changed again meanwhile
      this.pending.delete(name);
      const row = this.rows.get(name);
      row?.root.classList.remove("pending");
      if (row?.told > since) row.set(row.value); // somebody else may have changed it after us
    }
  }

  #giveUp() {
    for (const name of this.pending.keys()) {
      const row = this.rows.get(name);
      row?.root.classList.remove("pending");
      row?.set(row.value);
    }
    this.pending.clear();
    this.refusal.hidden = this.reset.hidden = true;
  }
}

function groupOf({ name, live }) {
  if (name.includes(".")) return name.split(".")[0];
  return live ? "general" : "group_start";
}

// {inputs, read(input), write(value)} for a parameter
function control({ type, low, high, choices }) {
  const make = (tag, values = {}) => Object.assign(document.createElement(tag), values);
  if (type === "bool") {
    const input = make("input", { type: "checkbox" });
    return { inputs: [input], read: () => input.checked, write: (value) => (input.checked = value) };
  }
  if (choices.length) {
    const input = make("select");
    input.append(...choices.map((choice) => new Option(choice, choice)));
    return { inputs: [input], read: () => input.value, write: (value) => (input.value = value) };
  }
  if (type === "integer" || type === "double") {
    const field = make("input", { type: "number", step: type === "integer" ? 1 : "any" });
    // an empty field is no number: the node refuses it
    const read = (input) => (input.value === "" ? null : Number(input.value));
    if (low === null) return { inputs: [field], read, write: (value) => (field.value = value) };
    const step = type === "integer" ? 1 : (high - low) / STEPS;
    const slider = make("input", { type: "range", min: low, max: high, step });
    const write = (value) => [slider, field].forEach((input) => (input.value = Number(value.toPrecision(6))));
    return { inputs: [slider, field], read, write };
  }
  const input = make("input", { type: "text" });
  const isList = type === "string_array";
  const read = () => (isList ? input.value.split(",").map((word) => word.trim()) : input.value);
  return { inputs: [input], read, write: (value) => (input.value = isList ? value.join(", ") : value) };
}
