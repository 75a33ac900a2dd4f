const LOOK_AGAIN_MS = 700;

/** The place of the page of one open reading: while it is made, how far it has come; then what the AI says. */
class OpenPlace {
  #root;
  #address;
  #leave;
  #shown = null;
  #timer = null;
  #progress = "";
  #closed = false;

  constructor(root, address) {
    this.#root = root;
    this.#address = address;
    root.classList.add("reading");
    root.replaceChildren(element("p", { className: "opening muted", textContent: "Opening…" }));
    this.#look();
  }

  /** What Streamlit says, as often as it says it: the way back to the list. */
  give(leave) {
    this.#leave = leave;
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#shown?.close();
  }

  async #look() {
    const leave = () => this.#leave();
    try {
      const page = await answerOf(this.#address);
      if (this.#closed) return;
      if (page.state === "done") this.#shown = new OpenReading(this.#root, this.#address, page, leave);
      else if (page.state === "failed") showRefused(this.#root, page, leave);
      else {
        this.#showProgress(page, leave);
        this.#timer = setTimeout(() => this.#look(), LOOK_AGAIN_MS);
      }
    } catch (error) {
      if (this.#closed) return;
      showFailed(this.#root, error.message, () => this.#look(), leave);
      this.#progress = "";
    }
  }

  /** Only when there is something new: what moves goes on moving. */
  #showProgress(page, leave) {
    const progress = [page.state, page.stage, page.before].join();
    if (progress !== this.#progress) showProgress(this.#root, page, leave);
    this.#progress = progress;
  }
}

/** By its place: Streamlit calls again with whatever changes around it. */
const PLACES = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".open_reading");
  const address = `${data.base}/api/open-readings/${encodeURIComponent(data.reading)}`;
  if (!PLACES.has(root)) PLACES.set(root, new OpenPlace(root, address));
  const place = PLACES.get(root);
  place.give(() => setTriggerValue("leave", true));
  return () => place.close();
}
