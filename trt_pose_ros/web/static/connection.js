// The websocket: opened again when it breaks, closed while nobody sees the page.
const LONGEST = 5000; // ms between two tries

export class Connection {
  // handlers: {kind: function(value)}; picture: async function(head, jpeg); changed: function(isOpen)
  constructor(handlers, picture, changed) {
    Object.assign(this, { handlers, picture, changed, pause: 250, socket: null, drawing: Promise.resolve() });
    document.addEventListener("visibilitychange", () => (document.hidden ? this.socket?.close() : this.open()));
    this.open();
  }

  open() {
    if (document.hidden || this.socket) return;
    const address = new URL("live", location.href);
    address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
    this.socket = new WebSocket(address);
    this.socket.binaryType = "arraybuffer";
    this.socket.onopen = () => {
      this.pause = 250;
      this.changed(true);
    };
    this.socket.onmessage = ({ data }) => {
      if (typeof data === "string") this.#word(data);
      else this.drawing = this.drawing.then(() => this.#frame(data)); // one after another, in their order
    };
    this.socket.onclose = () => {
      this.socket = null;
      this.changed(false);
      setTimeout(() => this.open(), this.pause);
      this.pause = Math.min(2 * this.pause, LONGEST);
    };
  }

  say(message) {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  #word(data) {
    const { kind, value } = JSON.parse(data);
    this.handlers[kind]?.(value);
  }

  async #frame(data) {
    const length = new DataView(data).getUint32(0);
    const head = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length)));
    try {
      await this.picture(head, new Blob([new Uint8Array(data, 4 + length)], { type: "image/jpeg" }));
    } catch (error) {
      console.error(error);
    } finally {
      this.say({ drawn: true }); // whatever became of it: the server waits for this
    }
  }
}

export async function post(path, body) {
  const answer = await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });
  if (!answer.ok) return { done: false, reason: (await answer.text()).trim() };
  return answer.json();
}
