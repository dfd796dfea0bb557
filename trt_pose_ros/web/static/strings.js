// Everything that the page says, in one table: another language is another column of it.
const STRINGS = {
  en: {
    automatic: "automatic",
    bags: "Recordings",
    bags_help: "Kept on the robot as bags. Replayed here only: nothing is published, the robot does not notice.",
    camera: "camera",
    cameras: "Cameras",
    connecting: "connecting",
    connection_lost: "The connection is lost. Trying again ...",
    delay: "{ms} ms to here",
    diagnostics_silent: "{node} says nothing: is it running?",
    events: "Events",
    events_none: "Nothing is going on.",
    events_past: "Before",
    event_since: "for {seconds} s",
    fps: "{value} images a second",
    general: "general",
    group_start: "read at the start",
    left_out: "{count} left out",
    level: "{width} pixels, {rate} a second",
    no_answer: "The node gives no answer.",
    no_camera: "No camera has shown anything yet.",
    no_image: "No image for {seconds} s: is the camera running?",
    no_people: "{node} looks for no people in these images: only the video is shown.",
    parameters: "Parameters",
    parameters_help: "A change counts at once. What the node refuses stays marked and goes along with the next change: all or nothing.",
    parameters_none: "The node tells no parameters: is it running?",
    picture_quality: "Picture",
    people: "people: {count}",
    percent: "{percent} %",
    person_label: "#{id} {percent} %",
    plot_drops: "Images of {name}, a second",
    plot_stages: "{name}: milliseconds of each stage, 95th percentile",
    record: "Record",
    record_stop: "Stop recording",
    recording: "recording {name}: {messages} messages",
    refused: "Refused: {reason}",
    replay: "Replay here",
    replay_stop: "Stop replay",
    reset: "Undo what was refused",
    space: "In space",
    space_canvas: "People in space, seen from above and aside",
    space_help: "Drag to turn, scroll or pinch to come closer; with the keyboard arrows, + and -.",
    stale: "no data",
    times: "Latency and losses",
    video_of: "Video of {camera} with the people found in it",
  },
};

const language = Object.keys(STRINGS).find((name) => navigator.language.startsWith(name)) ?? "en";
document.documentElement.lang = language;

export function text(key, values = {}) {
  const words = STRINGS[language][key] ?? STRINGS.en[key] ?? key;
  return words.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}

export function fillIn(root = document) {
  for (const element of root.querySelectorAll("[data-text]")) element.textContent = text(element.dataset.text);
}
