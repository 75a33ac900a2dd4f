const DRAW_WORDS = "The left button draws boxes, or sets the window (D)";
const DRAW_ICON =
  '<svg viewBox="0 0 16 16" width="16" height="16"><path d="M2 4h9v8H2z" fill="none" stroke="currentColor"/>' +
  '<path d="M11 1v6M8 4h6" stroke="currentColor" stroke-width="1.4"/></svg>';
const REMOVE_ICON =
  '<svg viewBox="0 0 16 16" width="16" height="16"><path d="M3 4h10M6 4V2h4v2M4.500 4l.7 10h5.600l.7-10" fill="none" ' +
  'stroke="currentColor"/></svg>';

/** A single picture being read: the boxes that the reader draws are the discs of the form, and the other way round.
 * `change(form)` hears every new form. */
class Drawing {
  #place;
  #view;
  #change;
  #layer;
  #form = EMPTY_FORM;
  #beside = null;
  #found = null;
  #empty;
  #nothing;
  #draws;
  #removes;

  constructor(place, viewer, view, questions, change) {
    this.#place = place;
    this.#view = view;
    this.#change = change;
    this.#layer = new BoxLayer(viewer.panes[0], {
      chosen: (number) => this.#moveTo(number),
      drawn: (edges) => this.#add(edges),
      changed: (number, edges) => change(withBox(this.#form, number, edges)),
    });
    view.onmove = () => this.#showBoxes();
    this.#draws = toolButton(DRAW_ICON, DRAW_WORDS, () => this.#toggle());
    this.#removes = toolButton(REMOVE_ICON, "Remove this box (Delete)", () => this.#remove());
    viewer.root.firstChild.prepend(toolGroup("", this.#draws, this.#removes));
    this.#nothing = button("", "Nothing to mark", () => this.#toggleNothing(), "0");
    this.#empty = element(
      "div",
      { className: "undrawn" },
      element("p", { textContent: `Draw a box around ${whatToBox(questions)}: drag from one corner to the opposite one.` }),
      this.#nothing,
    );
    // Without a disc the form is as wide as with one.
    const sizer = new DiscView("1", questions, () => {}).root;
    sizer.classList.add("sizer");
    sizer.inert = true;
    place.append(this.#empty, sizer);
  }

  /** Shows the form's boxes; the form's own discs follow them. */
  show(form) {
    this.#form = form;
    const numbers = numbersOf(form);
    if (String(numbers) !== String(this.#view.levels)) this.#view.levels = numbers;
    this.#empty.hidden = numbers.length > 0;
    this.#nothing.setAttribute("aria-pressed", String(Boolean(form.nothing)));
    this.#showBoxes();
    if (this.#found) showAiBoxes(this.#beside, this.#found, form, (number) => this.#moveTo(number));
  }

  /** Whether the key was about boxes. */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const action = { d: () => this.#toggle(), delete: () => this.#remove(), backspace: () => this.#remove(), 0: () => this.#toggleNothing() };
    const act = action[event.key.toLowerCase()];
    act?.();
    return Boolean(act);
  }

  /** What the AI found (reading/picture_result.py), beside the boxes that it agrees with. */
  showAi(beside, result) {
    this.#beside = beside;
    this.#found = result.discs;
    if (!result.discs.length) beside.say("muted", ["The AI found nothing to mark."]);
    this.show(this.#form);
  }

  #add(edges) {
    const number = freeNumber(this.#form);
    if (number === null) return;
    this.#change(withBox(this.#form, number, edges));
    this.#moveTo(number);
  }

  #remove() {
    const number = this.#view.level;
    if (number !== null) this.#change(withoutBox(this.#form, number));
  }

  #toggle() {
    this.#layer.drawing = !this.#layer.drawing;
    this.#showBoxes();
  }

  #toggleNothing() {
    this.#change(withNothing(this.#form, !this.#form.nothing));
  }

  #moveTo(number) {
    this.#view.moveTo(number);
    this.#place.querySelector(".disc.current").scrollIntoView({ block: "nearest" });
  }

  #showBoxes() {
    this.#draws.setAttribute("aria-pressed", String(this.#layer.drawing));
    this.#removes.disabled = this.#view.level === null;
    const { boxes } = this.#form;
    const labels = Object.fromEntries(numbersOf(this.#form).map((number) => [number, shortly(callOf(this.#form, number))]));
    this.#layer.show(boxes ?? {}, labels, this.#view.level);
  }
}

/** What is injured may lie beside the disc. */
function whatToBox({ verdicts }) {
  return verdicts.includes("injured") ? "each disc, and around each injured segment" : "each disc";
}

/** A disc's call in a few words, as it stands beside its box. */
function shortly({ verdict, indeterminate, slip }) {
  const said = [indeterminate ? "?" : VERDICT_WORDS[verdict]?.toLowerCase(), slip && "slip"];
  return said.filter(Boolean).join(", ");
}

function toolButton(innerHTML, title, onclick) {
  // The focus stays where it is, so that keys go on.
  const onmousedown = (event) => event.preventDefault();
  return element("button", { type: "button", innerHTML, title, onclick, onmousedown, "aria-label": title });
}
