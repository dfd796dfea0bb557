// People drawn over the picture that they were found in, as media/drawing.py does it.
import { text } from "./strings.js";

const FAINT = 0.1; // keypoints and people with a lower score are guesses
const PERSON = 0; // Skeleton.kind

// unit: pixels of the picture for one of the screen
export function drawPeople(context, people, topology, width, height, unit) {
  for (const person of people) {
    if (person.score < FAINT) continue;
    const points = person.points.map((point) => (point && point[2] >= FAINT ? point : null));
    const box = boxOf(points);
    if (!box) continue;
    const line = lineWidth(box, width, height);
    context.lineWidth = line;
    context.lineCap = "round";
    topology.links.forEach(([a, b], i) => {
      if (!points[a] || !points[b]) return;
      context.strokeStyle = topology.link_colors[i];
      context.beginPath();
      context.moveTo(points[a][0] + 0.5, points[a][1] + 0.5); // (0, 0) is the centre of the first pixel
      context.lineTo(points[b][0] + 0.5, points[b][1] + 0.5);
      context.stroke();
    });
    points.forEach((point, i) => {
      if (!point) return;
      context.fillStyle = topology.keypoint_colors[i] ?? "#ffffff";
      context.beginPath();
      context.arc(point[0] + 0.5, point[1] + 0.5, 0.9 * line, 0, 2 * Math.PI);
      context.fill();
    });
    if (person.kind === PERSON) drawLabel(context, labelOf(person), box, Math.max(12, 12 * unit, height / 36));
  }
}

function labelOf({ id, score }) {
  const percent = Math.round(100 * score);
  return id >= 0 ? text("person_label", { id, percent }) : text("percent", { percent });
}

function boxOf(points) {
  const found = points.filter(Boolean);
  if (!found.length) return null;
  const [x, y] = [0, 1].map((axis) => found.map((point) => point[axis]));
  return [Math.min(...x), Math.min(...y), Math.max(...x), Math.max(...y)];
}

function lineWidth([left, top, right, bottom], width, height) {
  const person = Math.max(right - left, bottom - top);
  return Math.trunc(Math.min(Math.max(person / 80, 1), Math.max(2, Math.min(width, height) / 120)));
}

function drawLabel(context, label, [left, top, right], size) {
  context.font = `600 ${size}px system-ui, sans-serif`;
  const x = Math.max(2, (left + right - context.measureText(label).width) / 2);
  const y = Math.max(size, top - size / 2);
  context.lineWidth = size / 4;
  context.lineJoin = "round";
  context.strokeStyle = "#000";
  context.strokeText(label, x, y);
  context.fillStyle = "#fff";
  context.fillText(label, x, y);
}
