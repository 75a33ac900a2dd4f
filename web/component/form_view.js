const SCALE_WORDS = "How likely: 1 certainly not – 5 certainly";

/** The form on the page. `change(changed)` hears every new form; `form` and `level` are what is shown. */
class FormView {
  /** Called when another disc is the current one. */
  onmove = () => {};
  #place;
  #questions;
  #change;
  #discs = new Map();
  #remark;
  #form = EMPTY_FORM;
  #level = null;
  #armed = null;

  constructor(place, questions, change) {
    this.#place = place;
    this.#questions = questions;
    this.#change = change;
    this.#remark = remarkField("textarea", "Remark on the case", (remark) => change({ ...this.#form, remark }));
    this.#remark.rows = 1;
    if (questions.likelihoods) place.append(element("p", { className: "legend", textContent: SCALE_WORDS }));
    place.append(this.#remark);
    this.levels = questions.levels;
  }

  /** The discs that are asked about, in the order of their rows. */
  get levels() {
    return Array.from(this.#discs.keys());
  }

  set levels(levels) {
    for (const [level, disc] of this.#discs) if (!levels.includes(level)) disc.root.remove();
    this.#discs = new Map(levels.map((level) => [level, this.#discs.get(level) ?? this.#made(level)]));
    const rows = Math.max(levels.length, 1);
    this.#place.style.setProperty("--discs", String(rows));
    levels.forEach((level, index) => {
      const { root } = this.#discs.get(level);
      root.style.gridRow = String(index + 2);
      this.#place.insertBefore(root, this.#remark);
    });
    this.#remark.style.gridRow = String(rows + 2);
    if (!levels.includes(this.#level)) this.#goTo(levels[0] ?? null);
    this.show(this.#form);
  }

  get level() {
    return this.#level;
  }

  show(form) {
    this.#form = form;
    for (const [level, disc] of this.#discs) {
      const current = level === this.#level;
      disc.show(callOf(form, level), current, current ? this.#armed : null);
    }
    if (this.#remark.value !== form.remark) this.#remark.value = form.remark;
  }

  /** Whether the key was the form's. */
  key(event) {
    const action = formAction(event, this.#questions, this.#armed);
    if (!action || this.#level === null) return false;
    if (action.move) this.#moveBy(action.move);
    else this.#edit(this.#level, action);
    return true;
  }

  moveTo(level) {
    this.#goTo(level);
    this.show(this.#form);
  }

  /** Digits are no likelihoods any more. */
  disarm() {
    if (this.#armed === null) return;
    this.#armed = null;
    this.show(this.#form);
  }

  #made(level) {
    const disc = new DiscView(level, this.#questions, (action) => this.#edit(level, action));
    disc.root.addEventListener("focusin", () => this.moveTo(level));
    disc.root.addEventListener("pointerdown", () => this.moveTo(level));
    return disc;
  }

  #moveBy(steps) {
    const { levels } = this;
    const next = Math.max(0, Math.min(levels.length - 1, levels.indexOf(this.#level) + steps));
    this.moveTo(levels[next]);
    this.#discs.get(this.#level).root.scrollIntoView({ block: "nearest" });
  }

  #goTo(level) {
    if (level === this.#level) return;
    this.#armed = null;
    this.#level = level;
    this.onmove();
  }

  #edit(level, { change, arms = this.#armed }) {
    this.#goTo(level);
    this.#armed = this.#questions.likelihoods ? arms : null;
    this.#change(change(this.#form, level));
  }
}
