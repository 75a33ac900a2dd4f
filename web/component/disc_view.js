/** By the states and causes of the label sets (annotation/labels.py), the severer after the milder. */
const VERDICT_WORDS = {
  normal: "Normal", bulge: "Bulge", herniation: "Herniation", disc: "Disc lesion", injured: "Injured",
  benign: "Benign", malignant: "Malignant",
};
const LIKELIHOODS = [1, 2, 3, 4, 5];
const GRADES = ["I", "II", "III", "IV", "V"];

/** The questions of one disc. `edit(action)` hears what is answered, as keys.js makes it. */
class DiscView {
  #questions;
  #buttons = [];
  #answers = new Map();
  #scales = new Map();
  #grades;
  #remark;

  constructor(level, questions, edit) {
    this.#questions = questions;
    this.#remark = remarkField("input", `Remark on ${level}`, (remark) =>
      edit({ change: (form) => withCall(form, level, { remark }) }),
    );
    this.#remark.placeholder = "Remark";
    this.root = element(
      "section",
      { className: "disc", "aria-label": level },
      element("div", { className: "name" }, element("h3", { textContent: level }), this.#remark),
      ...this.#rows(edit),
    );
  }

  show(call, current, armed) {
    const missing = missingOfCall(call, this.#questions);
    this.root.classList.toggle("current", current);
    this.root.classList.toggle("complete", !missing.length);
    for (const [word, group] of this.#answers) group.classList.toggle("missing", missing.includes(word));
    for (const [name, scale] of this.#scales) scale.classList.toggle("armed", name === armed);
    this.#grades?.classList.toggle("unasked", !call.slip);
    for (const { button, chosen } of this.#buttons) button.setAttribute("aria-pressed", String(chosen(call)));
    if (this.#remark.value !== call.remark) this.#remark.value = call.remark;
    this.#remark.title = call.remark;
  }

  #rows(edit) {
    const { slip, likelihoods, lesion } = this.#questions;
    const rows = [this.#verdicts(edit)];
    if (likelihoods) rows.push(this.#scale(capital(lesion), LESION_LIKELIHOOD, `likelihood of a ${lesion}`, edit));
    if (slip) rows.push(this.#slip(edit));
    if (slip && likelihoods) rows.push(this.#scale("Slip", SLIP_LIKELIHOOD, "likelihood of a slip", edit));
    return rows;
  }

  #verdicts(edit) {
    const letters = lettersOf(this.#questions.verdicts);
    const given = this.#questions.verdicts.map((verdict) =>
      this.#button(
        VERDICT_WORDS[verdict],
        (call) => call.verdict === verdict,
        () => edit(verdictAction(verdict)),
        { letter: letters.get(verdict) },
      ),
    );
    const untold = this.#button("?", (call) => call.indeterminate, () => edit(verdictAction(null)), {
      name: "Cannot tell",
    });
    return this.#group("verdict", "verdicts", ...given, untold);
  }

  #slip(edit) {
    const no = this.#button("No slip", (call) => call.slip === false, () => edit(slipAction(false)), {
      name: "Slip: No",
      letter: "x",
    });
    const yes = this.#button("Slip", (call) => call.slip === true, () => edit(slipAction(true)), {
      name: "Slip: Yes",
      letter: "s",
    });
    const grades = GRADES.map((text, index) =>
      this.#button(text, (call) => call.slip_grade === index + 1, () => edit(gradeAction(index + 1)), {
        name: `Slip grade ${text}`,
      }),
    );
    this.#grades = element("span", { className: "grades", title: "Grade of the slip" }, ...grades);
    return this.#group("slip", "slip", no, yes, this.#grades);
  }

  #scale(what, name, word, edit) {
    const values = LIKELIHOODS.map((value) =>
      this.#button(String(value), (call) => call[name] === value, () => edit(likelihoodAction(name, value)), {
        name: `${what} likely: ${value}`,
      }),
    );
    const scale = this.#group(word, "scale", element("span", { className: "of", textContent: what }), ...values);
    scale.title = `How likely is a ${what.toLowerCase()}?`;
    this.#scales.set(name, scale);
    return scale;
  }

  /** What answers one question; `word`: as missingOfCall calls it. */
  #group(word, className, ...children) {
    const named = { className: `question ${className}`, role: "group", "aria-label": word };
    const group = element("div", named, ...children);
    this.#answers.set(word, group);
    return group;
  }

  #button(text, chosen, onclick, { name = text, letter = "" } = {}) {
    // A click leaves the focus where it is, so that keys go on.
    const onmousedown = (event) => event.preventDefault();
    const title = letter ? `${name} (${letter.toUpperCase()})` : name;
    const button = element("button", { type: "button", onclick, onmousedown, title, "aria-label": name });
    button.append(...withLetter(text, letter));
    this.#buttons.push({ button, chosen });
    return button;
  }
}

/** The text with its key underlined as in menus, or, where it has none of that letter, the key behind it. */
function withLetter(text, letter) {
  if (!letter) return [text];
  const place = text.toLowerCase().indexOf(letter);
  if (place < 0) return [text, element("kbd", { textContent: letter })];
  return [text.slice(0, place), element("u", { textContent: text[place] }), text.slice(place + 1)].filter(Boolean);
}

function capital(word) {
  return word[0].toUpperCase() + word.slice(1);
}

function remarkField(tag, name, heard) {
  const field = element(tag, { className: "remark", maxLength: 2000, placeholder: name });
  field.setAttribute("aria-label", name);
  field.oninput = () => heard(field.value);
  return field;
}
