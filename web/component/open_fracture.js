const MARKED_ON = "sagittal T2";
const HOW_TO_MARK = "Benign or malignant? Draw one box around the abnormal vertebra, on a sagittal T2 slice.";
const MARK_NOW = "Drag a box around the abnormal vertebra, on a sagittal T2 slice. Esc: not now.";
const NOT_FOR_DIAGNOSIS = "For research use, not for diagnosis";
const MARK_WORDS = { first: "Mark the vertebra", again: "Mark it again" };

/** A vertebra that the reader marks by a box, and what the AI says of its fracture.
 *
 * `said`: as the server says it (web/routes/open_readings.py). `show(said)` hears it at first and whenever it changes;
 * `look(mark)`: what a press on the AI's word does. */
class OpenFracture {
  #address;
  #ticket;
  #said;
  #show;
  #look;
  #layers;
  #drawing = false;
  #busy = false;
  #problem = "";
  #words = element("div", { className: "words", role: "status" });
  #mark = button("", MARK_WORDS.first, () => this.#draw(!this.#drawing));
  #remove = button("", "Remove", () => this.#tell(null));

  constructor(place, viewer, { address, ticket, said, show, look }) {
    this.#address = address;
    this.#ticket = ticket;
    this.#said = said;
    this.#show = show;
    this.#look = look;
    this.#layers = viewer.panes.map((pane) => {
      const drawn = (edges) => this.#drawn(pane, edges);
      return new BoxLayer(pane, { drawn }, () => pane.series.kind === MARKED_ON);
    });
    const title = element("h3", { textContent: "Vertebral fracture" });
    const notice = element("span", { className: "muted", textContent: NOT_FOR_DIAGNOSIS });
    place.append(element("div", { className: "head" }, title, notice, this.#mark, this.#remove), this.#words);
    this.#draw(false);
    show(said);
  }

  /** Whether a box was being drawn, which is not any more. */
  stop() {
    const drawing = this.#drawing;
    this.#draw(false);
    return drawing;
  }

  #draw(drawing) {
    this.#drawing = drawing;
    if (drawing) this.#problem = "";
    for (const layer of this.#layers) layer.drawing = drawing;
    this.#showState();
  }

  #drawn(pane, edges) {
    this.#draw(false);
    const marked = { series: pane.series.number, slice: pane.slice, edges };
    this.#show({ ...this.#said, map: null, mark: { ...marked, tone: "finding", label: "fracture" } });
    this.#tell(marked);
  }

  /** `marked`: the box and where it is, or null for none. */
  async #tell(marked) {
    this.#busy = true;
    this.#problem = "";
    this.#showState();
    try {
      this.#said = await answerOf(this.#address, { marked, ticket: this.#ticket });
    } catch (error) {
      this.#problem = error.message;
    }
    this.#busy = false;
    this.#show(this.#said);
    this.#showState();
  }

  #showState() {
    const { offered, result, problem } = this.#said;
    this.#mark.textContent = result ? MARK_WORDS.again : MARK_WORDS.first;
    this.#mark.setAttribute("aria-pressed", String(this.#drawing));
    this.#mark.hidden = !offered;
    this.#remove.hidden = !result && !problem;
    for (const each of [this.#mark, this.#remove]) each.disabled = this.#busy;
    this.#words.replaceChildren(...this.#wordsNow());
  }

  #wordsNow() {
    if (this.#busy) return [element("p", { className: "muted", textContent: "The AI looks at it…" })];
    if (this.#drawing) return [element("p", { textContent: MARK_NOW })];
    const { result, mark } = this.#said;
    const words = this.#problem || this.#said.problem;
    const problem = words && element("p", { className: "error", role: "alert", textContent: words });
    const call = result && callOfFracture(result, () => mark && this.#look(mark));
    const said = [problem, call].filter(Boolean);
    return said.length ? said : [element("p", { className: "muted", textContent: HOW_TO_MARK })];
  }
}

/** What the AI says (fracture/result.py), as of a disc. */
function callOfFracture({ cause, probabilities, called_from, warnings, models }, onclick) {
  const lines = aiSays({ verdict: cause, probabilities, slip: null, slip_probability: null, remarks: warnings });
  const from = `Probability of malignancy ${percent(probabilities.malignant)}, called malignant from ${percent(called_from)} on`;
  lines.push(element("p", { className: "muted", textContent: from }));
  const title = models.map(({ network, digest }) => `${network}, SHA-256 ${digest}…`).join("\n");
  const call = element("button", { type: "button", className: "call", title, onclick }, ...lines);
  return element("section", { className: "beside", "aria-label": "The AI: vertebral fracture" }, call);
}
