const VERDICT_WORDS = { normal: "Normal", bulge: "Bulge", herniation: "Herniation" };
const LIKELIHOODS = [1, 2, 3, 4, 5];

/** The form on the page. `change(changed)` hears every new form; `form` and `level` are what is shown. */
class FormView {
  #questions;
  #change;
  #discs = new Map();
  #remark;
  #form;
  level;

  constructor(place, questions, change) {
    this.#questions = questions;
    this.#change = change;
    this.level = questions.levels[0];
    for (const level of questions.levels) {
      const disc = new DiscView(level, questions, (made) => this.#edit(level, made));
      disc.root.addEventListener("focusin", () => this.moveTo(level));
      disc.root.addEventListener("pointerdown", () => this.moveTo(level));
      this.#discs.set(level, disc);
      place.append(disc.root);
    }
    this.#remark = element("textarea", {
      className: "remark",
      rows: 2,
      maxLength: 2000,
      placeholder: "Remark on the case",
      oninput: () => change({ ...this.#form, remark: this.#remark.value }),
    });
    this.#remark.setAttribute("aria-label", "Remark on the case");
    place.append(this.#remark);
  }

  show(form) {
    this.#form = form;
    for (const [level, disc] of this.#discs) disc.show(callOf(form, level), level === this.level);
    if (this.#remark.value !== form.remark) this.#remark.value = form.remark;
  }

  moveTo(level) {
    this.level = level;
    this.show(this.#form);
  }

  moveBy(steps) {
    const { levels } = this.#questions;
    const next = Math.max(0, Math.min(levels.length - 1, levels.indexOf(this.level) + steps));
    this.moveTo(levels[next]);
    this.#discs.get(this.level).root.scrollIntoView({ block: "nearest" });
  }

  #edit(level, made) {
    this.level = level;
    this.#change(made(this.#form, level));
  }
}

/** The questions of one disc. `edit(made)`: made(form, level) is the changed form. */
class DiscView {
  #questions;
  #buttons = [];
  #grades = element("span", { className: "grades" });
  #remark;

  constructor(level, questions, edit) {
    this.#questions = questions;
    this.#remark = element("input", {
      className: "remark",
      maxLength: 2000,
      placeholder: "Remark",
      oninput: () => edit((form) => withCall(form, level, { remark: this.#remark.value })),
    });
    this.#remark.setAttribute("aria-label", `Remark on ${level}`);
    this.root = element(
      "section",
      { className: "disc", "aria-label": level },
      element("div", { className: "title" }, element("h3", { textContent: level }), this.#remark),
      ...this.#questionsOf(level, edit),
    );
  }

  show(call, current) {
    this.root.classList.toggle("current", current);
    this.root.classList.toggle("complete", !missingOfCall(call, this.#questions).length);
    this.#grades.hidden = !call.slip;
    for (const { button, chosen } of this.#buttons) button.setAttribute("aria-pressed", String(chosen(call)));
    if (this.#remark.value !== call.remark) this.#remark.value = call.remark;
  }

  #questionsOf(level, edit) {
    const { verdicts, slip, likelihoods } = this.#questions;
    const given = verdicts.map((verdict) =>
      this.#button(
        VERDICT_WORDS[verdict],
        verdict[0],
        (call) => call.verdict === verdict,
        () => edit((form) => withVerdict(form, level, verdict)),
      ),
    );
    const untold = this.#button(
      "Cannot tell",
      "?",
      (call) => call.indeterminate,
      () => edit((form) => withVerdict(form, level, null)),
    );
    const rows = [element("div", { className: "question verdicts" }, ...given, untold)];
    if (slip) rows.push(this.#slipRow(level, edit));
    if (likelihoods) rows.push(this.#likelihoodRow(level, edit, slip));
    return rows;
  }

  #slipRow(level, edit) {
    const answer = (text, key, value) =>
      this.#button(
        text,
        key,
        (call) => call.slip === value,
        () => edit((form) => withSlip(form, level, value)),
        `Slip: ${text}`,
      );
    const grades = ["I", "II", "III", "IV", "V"].map((text, index) =>
      this.#button(
        text,
        "",
        (call) => call.slip_grade === index + 1,
        () => edit((form) => withCall(form, level, { slip_grade: index + 1 })),
        `Slip grade ${text}`,
      ),
    );
    this.#grades.append("Grade", ...grades);
    return this.#row("Slip", answer("No", "x", false), answer("Yes", "s", true), this.#grades);
  }

  #likelihoodRow(level, edit, slip) {
    const scale = (name, what, keys) =>
      element(
        "span",
        { className: "scale" },
        element("span", { className: "name", title: `Keys ${keys}`, textContent: what }),
        ...LIKELIHOODS.map((value) =>
          this.#button(
            String(value),
            "",
            (call) => call[name] === value,
            () => edit((form) => withCall(form, level, { [name]: value })),
            `${what} likely: ${value}`,
          ),
        ),
      );
    const scales = [scale("herniation_likelihood", "Herniation", "1–5")];
    if (slip) scales.push(scale("slip_likelihood", "Slip", "⇧ 1–5"));
    return this.#row("Likely", ...scales);
  }

  #row(label, ...children) {
    const name = element("span", { className: "label", textContent: label });
    return element("div", { className: "question" }, name, ...children);
  }

  #button(text, key, chosen, onclick, name = text) {
    // A click leaves the focus where it is, so that keys go on.
    const onmousedown = (event) => event.preventDefault();
    const button = element("button", { type: "button", onclick, onmousedown, "aria-label": name }, text);
    if (key) button.append(element("kbd", { textContent: key }));
    this.#buttons.push({ button, chosen });
    return button;
  }
}
