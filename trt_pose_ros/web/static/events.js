// What people do: what is going on, and what was before.
import { text } from "./strings.js";

export function showEvents({ current, past }, now, before) {
  now.replaceChildren(...current.map((event) => item(event)));
  if (!current.length) now.append(line(text("events_none"), "faint"));
  before.replaceChildren(...past.map((event) => item(event)));
}

function item(event) {
  const entry = document.createElement("li");
  const who = event.people.map((id) => `#${id}`).join(", ");
  const where = [event.camera, event.zone].filter(Boolean).join(", ");
  const title = document.createElement("strong");
  title.textContent = event.kind.replaceAll("_", " ");
  entry.append(title, " ", [who, where].filter(Boolean).join(" - "), " ");
  const sure = event.probability === null ? "" : ` ${Math.round(100 * event.probability)} %`;
  entry.append(line(text("event_since", { seconds: (event.stamp - event.began).toFixed(1) }) + sure, "faint"));
  if (event.reason) entry.append(" ", line(event.reason, "faint"));
  for (const { quantity, value, limit } of event.evidence) {
    const [is, must] = [value, limit].map((number) => (number === null ? "?" : String(Number(number.toPrecision(3)))));
    entry.append(line(`${quantity}: ${is} (${must})`, "evidence"));
  }
  return entry;
}

function line(words, className) {
  return Object.assign(document.createElement("span"), { textContent: words, className });
}
