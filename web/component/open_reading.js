/** What the AI says of an upload: the pictures with its marks, the form that begins as it says, and the files. */
class OpenReading {
  #address;
  #page;
  #form;
  #sender;
  #view;
  #viewer;
  #beside;
  #fracture = null;
  #parts;
  /** Whether something was said that the server has not confirmed. */
  #changed = false;
  #listening = new AbortController();

  /** `page`: the answer of GET `address`. `leave()`: back to the list. */
  constructor(root, address, page, leave) {
    this.#address = address;
    this.#page = page;
    this.#form = page.draft.form;
    this.#sender = new Sender({
      address,
      ticket: page.ticket,
      sequence: page.draft.sequence,
      say: () => ({ form: this.#form }),
      notice: (state, sentence) => this.#notice(state, sentence),
      wire: BROWSER_WIRE,
    });
    this.#parts = layOutOpen(root, page, {
      leave,
      keys: () => this.#toggle("help"),
      how: () => this.#toggle("how"),
      back: () => this.#takeBack(),
      take: (name) => this.#take(name),
    });
    this.#view = new FormView(this.#parts.discs, page.questions, (form) => this.#change(form));
    this.#viewer = new Viewer(this.#parts.pictures, page.series, (number) => `${address}/series/${number}`);
    this.#viewer.marks = page.marks;
    this.#viewer.maps = page.maps;
    this.#showFracture();
    this.#beside = new BesideView(this.#parts.discs, this.#parts.below, "The AI", page.questions.levels);
    this.#showAi();
    this.#listen(root);
    this.#show();
    this.#beginAtLumbarDiscs();
  }

  close() {
    if (this.#changed) this.#sender.leave();
    this.#sender.close();
    this.#listening.abort();
    this.#viewer.close();
  }

  /** Those above them are there too, and may be out of the window. */
  #beginAtLumbarDiscs() {
    const { levels } = this.#page.questions;
    const first = levels.find((level) => level.startsWith("L")) ?? levels.at(-1);
    if (first) this.#view.moveTo(first);
    this.#parts.discs.scrollTop = this.#parts.discs.scrollHeight;
  }

  #showAi() {
    const { result, said, questions } = this.#page;
    const found = new Map(result.findings.map((finding) => [finding.place, finding]));
    for (const level of questions.levels) {
      const finding = found.get(level);
      if (!finding) {
        this.#beside.fill(level, [element("p", { className: "muted", textContent: "Not assessed." })]);
        continue;
      }
      const lines = [...aiSays(finding), ...moreOf(finding)];
      for (const line of lines) line.title = said[level];
      this.#beside.fill(level, lines, { verdict: finding.verdict, look: () => this.#lookAt(level) });
    }
  }

  /** Where a vertebra can be marked, or is. */
  #showFracture() {
    const { fracture: said, ticket, marks, maps } = this.#page;
    const { fracture: place, takes } = this.#parts;
    place.hidden = !said.offered && !said.result && !said.problem;
    takes.get("fracture.json").hidden = !said.result;
    if (place.hidden) return;
    const show = ({ result, mark, map }) => {
      this.#viewer.marks = mark ? [mark, ...marks] : marks;
      this.#viewer.maps = map ? [...maps, map] : maps;
      if (mark) this.#viewer.marksShown = true;
      takes.get("fracture.json").hidden = !result;
    };
    const look = (mark) => this.#viewer.lookAtMark(mark);
    this.#fracture = new OpenFracture(place, this.#viewer, { address: `${this.#address}/fracture`, ticket, said, show, look });
  }

  #listen(root) {
    const { signal } = this.#listening;
    // Before Streamlit, which has keys of its own on the document.
    window.addEventListener("keydown", (event) => this.#key(event, root), { signal, capture: true });
    window.addEventListener("pagehide", () => this.#changed && this.#sender.leave(), { signal });
    // The disc that is meant has changed, perhaps.
    this.#parts.discs.addEventListener("focusin", () => this.#showCorrected(), { signal });
    this.#parts.discs.addEventListener("pointerdown", () => this.#showCorrected(), { signal });
  }

  #key(event, root) {
    const target = event.composedPath()[0];
    if (target !== document.body && !root.contains(target)) return;
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    const typing = target.matches("input, textarea");
    if (typing && ["Escape", "Enter"].includes(event.key)) target.blur();
    const pressing = target.matches("button, a") && ["Enter", " "].includes(event.key);
    if (typing || pressing) return;
    if (this.#does(event)) event.preventDefault();
  }

  /** Whether the key was one of the page's, the form's or the pictures', in this order. */
  #does(event) {
    if (event.key === "Escape") this.#escape();
    else if (commandOf(event) === "keys") this.#toggle("help");
    else if (!this.#view.key(event)) return this.#viewer.key(event);
    else this.#showCorrected();
    return true;
  }

  #escape() {
    if (!this.#fracture?.stop()) this.#toggle(null);
  }

  #change(form) {
    this.#form = form;
    this.#changed = true;
    this.#sender.draft();
    this.#show();
  }

  /** The disc as the AI says it again. */
  #takeBack() {
    const { level } = this.#view;
    this.#change(withCall(this.#form, level, callOf(this.#page.ai, level)));
  }

  #show() {
    this.#view.show(this.#form);
    this.#beside.compare(this.#form);
    this.#showCorrected();
  }

  #showCorrected() {
    const { levels } = this.#page.questions;
    const corrected = levels.filter((level) => differs(callOf(this.#form, level), callOf(this.#page.ai, level)));
    const words = corrected.length ? `Corrected: ${corrected.join(", ")}` : "As the AI says it";
    this.#parts.corrected.textContent = words;
    this.#parts.back.disabled = !corrected.includes(this.#view.level);
  }

  #toggle(name) {
    for (const panel of ["help", "how"]) this.#parts[panel].hidden = panel !== name || !this.#parts[panel].hidden;
  }

  #lookAt(level) {
    this.#view.moveTo(level);
    this.#showCorrected();
    const mark = markOf(this.#page.marks, level);
    if (mark) this.#viewer.lookAtMark(mark);
  }

  #notice(state, sentence = "") {
    const [colour, text] = NOTICES[state] ?? ["error", sentence];
    if (state === "saved" || state === "refused") this.#changed = false;
    // What another window says would be lost by what this one sends next.
    if (state === "refused") this.#sender.close();
    Object.assign(this.#parts.notice, { className: `notice ${colour}`, textContent: text, title: text });
  }

  /** A file of what stands here: it is stored first. */
  async #take(name) {
    const { takes } = this.#parts;
    const [words] = DOWNLOAD_WORDS[name];
    for (const take of takes.values()) take.disabled = true;
    try {
      if (this.#changed) await this.#sender.commit("events");
      this.#notice("making", `Making the ${words}…`);
      await save(`${this.#address}/${name}${this.#viewer.mapsShown ? "?maps=shown" : ""}`);
      this.#notice("made", "");
    } catch (error) {
      this.#notice("failed", error.message);
    }
    for (const take of takes.values()) take.disabled = false;
  }
}

/** What else the AI says of a disc: where its sides disagree, and its measures. */
function moreOf({ disagreement, opinions, herniation, height }) {
  const sides = opinions.map(({ side, verdict }) => `${side}: ${verdict}`).join(", ");
  const measures = [
    ...(herniation ? [`${herniation.side} ${herniation.zone}, ${mm(herniation.extent.value)} mm`] : []),
    ...(height ? [`height ${mm(height.value)} mm`] : []),
  ];
  return [
    ...(disagreement ? [element("p", { className: "warn", textContent: sides })] : []),
    ...(measures.length ? [element("p", { className: "muted", textContent: measures.join(" · ") })] : []),
  ];
}

/** Whether a reader says something else of a disc. */
function differs(call, ai) {
  const grade = ({ slip, slip_grade }) => (slip ? slip_grade || null : 0);
  const told = call.verdict !== null || call.indeterminate;
  return (told && (call.verdict !== ai.verdict || call.indeterminate !== ai.indeterminate))
    || (call.slip !== null && (call.slip !== ai.slip || grade(call) !== grade(ai)));
}

/** As the browser saves files. Throws the server's sentence. */
async function save(address) {
  const response = await fetch(address, { credentials: "same-origin" }).catch(() => null);
  if (!response) throw new Error(NO_ANSWER);
  if (!response.ok) throw new Error(asSentence((await response.json().catch(() => ({}))).error ?? "the server failed; try again"));
  const [, name] = /filename="(.*)"/.exec(response.headers.get("content-disposition"));
  const href = URL.createObjectURL(await response.blob());
  element("a", { href, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(href), 60_000);
}
