// The live page: what comes through the websocket goes to the part of the page that shows it.
import { Cameras } from "./cameras.js";
import { Connection, post } from "./connection.js";
import { showEvents } from "./events.js";
import { Parameters } from "./parameters.js";
import { Plots } from "./plots.js";
import { Recordings } from "./recordings.js";
import { Space } from "./space.js";
import { fillIn, text } from "./strings.js";

const find = (id) => document.getElementById(id);
const LEVEL_NAMES = ["live", "warning", "error", "stale"];

fillIn();
const cameras = new Cameras(find("camera-list"), find("no-camera"), () => ask("replay", null));
const recordings = new Recordings(find("record"), find("bags"), find("bag-list"), ask);
const parameters = new Parameters(find("parameter-list"), find("refusal"), find("reset"));
const plots = new Plots(find("plots"));
const space = new Space(find("space-view"), text("space_canvas"));

function tell(message) {
  find("notice").hidden = !message;
  find("notice").textContent = message;
}

function state(level, message) {
  Object.assign(find("state"), { textContent: message });
  find("state").dataset.level = level;
}

function inSpace(source, found) {
  const placed = found?.people.some((person) => person.places);
  if (placed) find("space").hidden = false;
  if (!find("space").hidden) space.show(source, found);
}

const handlers = {
  topologies: (value) => (cameras.topologies = space.topologies = value),
  people_3d: (value) => inSpace("people_3d", value),
  events(value) {
    find("events").hidden = false;
    showEvents(value, find("events-now"), find("events-past"));
  },
  parameters: (value) => parameters.show(value),
  diagnostics({ node, silent, own, cameras: known }) {
    cameras.node = node;
    if (silent) state("stale", text("diagnostics_silent", { node }));
    else if (own) {
      state(LEVEL_NAMES[own.level], own.message);
      plots.add(node, own.values);
    }
    cameras.diagnose(known.map((status) => [status.camera, status]));
    if (!silent) for (const status of known) plots.add(status.camera || text("camera"), status.values);
  },
  link({ level, levels, width, rate, delay, dropped, fixed }) {
    const words = [text("level", { width, rate })];
    if (delay !== null) words.push(text("delay", { ms: Math.round(1000 * delay) }));
    if (dropped) words.push(text("left_out", { count: dropped }));
    find("link").textContent = words.join(" · ");
    const choice = find("level");
    for (let i = choice.options.length - 1; i < levels; i++) choice.add(new Option(String(i + 1), String(i)));
    if (!fixed) choice.value = "";
    document.body.dataset.level = level;
  },
  recording(value) {
    tell(value.problem);
    recordings.show(value);
    for (const camera of cameras.setReplay(value.replay)) space.remove(camera);
  },
};

async function ask(path, body) {
  const answer = await post(path, body).catch(() => ({ done: false, reason: text("no_answer") }));
  tell(answer.done ? "" : answer.reason);
}

const connection = new Connection(
  handlers,
  async (head, jpeg) => {
    if (!(await cameras.show(head, jpeg))) return;
    for (const layer of head.people ?? []) inSpace(`${head.camera} ${layer.skeleton}`, layer);
  },
  (isOpen) => {
    tell(isOpen ? "" : text("connection_lost"));
    state("stale", text(isOpen ? "connecting" : "stale"));
  },
);

find("level").addEventListener("change", ({ target }) => {
  connection.say({ level: target.value === "" ? null : Number(target.value) });
});
window.addEventListener("resize", () => space.draw());
