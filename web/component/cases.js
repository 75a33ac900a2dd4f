/** The place of the page in which one case is read after the other. */
class Cases {
  #root;
  #base;
  #leave;
  #given = null;
  #opened = null;
  #reading = null;
  #closed = false;

  constructor(root, base) {
    this.#root = root;
    this.#base = base;
    root.replaceChildren(element("p", { className: "opening muted", textContent: "Opening the case…" }));
  }

  /** What Streamlit says, as often as it says it: the assignment of the address, and the way to the worklist. */
  give(assignment, leave) {
    this.#leave = leave;
    if (assignment === this.#given) return;
    this.#given = assignment;
    if (assignment !== this.#opened) this.#open(assignment);
  }

  close() {
    this.#closed = true;
    this.#reading?.close();
  }

  async #open(assignment, correcting = false) {
    const address = `${this.#base}/api/assignments/${encodeURIComponent(assignment)}`;
    const go = {
      next: (next) => this.#goTo(next),
      leave: () => this.#leave(),
      correct: () => this.#open(assignment, true),
      again: () => this.#open(assignment, correcting),
    };
    this.#reading?.close();
    this.#opened = assignment;
    try {
      const page = await answerOf(address);
      if (this.#closed || this.#opened !== assignment) return;
      if (page.committed && !correcting) showCommitted(this.#root, page, go);
      else this.#reading = new Reading(this.#root, address, page, go);
    } catch (error) {
      if (!this.#closed) showFailure(this.#root, error.message, go);
    }
  }

  /** Without Streamlit, which would take its time; the address says where to go on after a reload. */
  #goTo(assignment) {
    history.replaceState(history.state, "", `?assignment=${encodeURIComponent(assignment)}`);
    this.#open(assignment);
  }
}

/** By its place: Streamlit calls again with whatever changes around it. */
const PLACES = new WeakMap();

export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".reading");
  if (!PLACES.has(root)) PLACES.set(root, new Cases(root, data.base));
  const cases = PLACES.get(root);
  cases.give(data.assignment, () => setTriggerValue("leave", true));
  return () => cases.close();
}
