/** What somebody else says of each disc, in the same row of the grid as the form's own. The places are there from
 * the beginning, so that nothing moves when they are filled; `below` is under them, for what concerns all discs. */
class BesideView {
  #place;
  #name;
  #cells = new Map();
  #below;
  #verdicts = new Map();

  /** `place`: the grid of a FormView of these `levels`; `name`: who says it. */
  constructor(place, below, name, levels) {
    place.classList.add("compared");
    this.#place = place;
    this.#name = name;
    this.#below = below;
    place.append(element("h2", { className: "beside", textContent: name }));
    this.levels = levels;
  }

  get levels() {
    return Array.from(this.#cells.keys());
  }

  /** The discs, in the order of their rows. */
  set levels(levels) {
    for (const [level, cell] of this.#cells) if (!levels.includes(level)) cell.remove();
    this.#verdicts.clear();
    this.#cells = new Map(levels.map((level) => [level, this.#cells.get(level) ?? this.#cell(level)]));
    levels.forEach((level, index) => (this.#cells.get(level).style.gridRow = String(index + 2)));
    this.#place.append(...this.#cells.values());
  }

  /** `verdict`: the one that is compared with the form's; `look`: what a press on it does. */
  fill(level, content, { verdict = null, look = null } = {}) {
    this.#verdicts.set(level, verdict);
    const cell = this.#cells.get(level);
    cell.classList.remove("waiting");
    const [tag, press] = look ? ["button", { type: "button", onclick: look }] : ["div", {}];
    cell.replaceChildren(element(tag, { className: "call", ...press }, ...content));
  }

  /** One place beside all rows, for what is not said of single levels. */
  fillAcross(content) {
    const rows = this.levels.length;
    this.levels = ["the picture"];
    const [cell] = this.#cells.values();
    cell.classList.replace("waiting", "across");
    cell.style.gridRow = `2 / span ${rows}`;
    cell.replaceChildren(...content);
  }

  say(className, sentences) {
    for (const cell of this.#cells.values()) cell.classList.remove("waiting");
    const text = sentences.join(" ");
    this.#below.replaceChildren(element("p", { className, textContent: text, title: text }));
  }

  /** Marks the discs of which the form says something else. */
  compare(form) {
    for (const [level, verdict] of this.#verdicts) {
      const own = callOf(form, level).verdict;
      this.#cells.get(level).classList.toggle("differs", Boolean(verdict && own && verdict !== own));
    }
  }

  #cell(level) {
    return element("section", { className: "beside waiting", "aria-label": `${this.#name}: ${level}` });
  }
}

/** A study's result (axial/result.py). `look(level)`: what a press on a disc does. */
function showAi(beside, result, levels, look) {
  const found = new Map(result.findings.map((finding) => [finding.place, finding]));
  for (const level of levels) {
    const finding = found.get(level);
    if (finding) beside.fill(level, aiSays(finding), { verdict: finding.verdict, look: look && (() => look(level)) });
    else beside.fill(level, [element("p", { className: "muted", textContent: "Nothing found here." })]);
  }
  if (result.doubts.length) beside.say("warn", result.doubts);
}

/** `name`: the AI's own, of a disc without a level. */
function aiSays(finding, name = "") {
  const { verdict, probabilities, slip, slip_probability, remarks } = finding;
  const word = element("b", { textContent: `${name} ${VERDICT_WORDS[verdict] ?? "Not told"}`.trim() });
  const sure = verdict in probabilities ? percent(probabilities[verdict]) : "";
  const others = Object.entries(probabilities)
    .filter(([name]) => name !== verdict)
    .map(([name, share]) => `${name} ${percent(share)}`)
    .join(", ");
  const said = element("p", { className: "said" }, word, element("span", { textContent: sure }));
  const lines = [said, sharesBar(probabilities)];
  const slips = [
    ...(slip_probability === null ? [] : [`Slip ${percent(slip_probability)}`]),
    ...(slip ? [`${mm(slip.distance.value)} mm, grade ${GRADES[slip.grade - 1] ?? 0}`] : []),
  ];
  if (slips.length) lines.push(element("p", { className: "muted", textContent: slips.join(" · ") }));
  if (remarks.length) lines.push(element("p", { className: "muted", textContent: remarks.join(" ") }));
  const more = [others, slip ? slipInterval(slip) : "", ...remarks].filter(Boolean).join("\n");
  for (const line of lines) line.title = more;
  return lines;
}

function slipInterval({ distance }) {
  return `Slip: ${mm(distance.value)} mm (${mm(distance.low)} to ${mm(distance.high)})`;
}

/** With one decimal; none is minus zero. */
function mm(value) {
  return (Math.round(10 * value) / 10 + 0).toFixed(1);
}

function percent(share) {
  return `${Math.round(100 * share)} %`;
}

/** The shares of the states in one bar, from the mildest to the severest. */
function sharesBar(probabilities) {
  const bar = element("div", { className: "shares" });
  for (const name of Object.keys(VERDICT_WORDS).filter((name) => name in probabilities)) {
    const share = element("span", { className: `state-${name}` });
    share.style.setProperty("--share", String(probabilities[name]));
    bar.append(share);
  }
  return bar;
}

/** What shows a disc best of what is marked of it, if anything. */
function markOf(marks, level) {
  const its = marks.filter((mark) => mark.level === level);
  return its.find(({ tone }) => tone === "finding") ?? its[0];
}

/** What each expert said of the discs that they disagree about: for the chair of the consensus. */
function showExperts(beside, calls, { levels, slip }) {
  for (const level of levels) {
    beside.fill(level, calls.filter((item) => item.level === level).map((item) => expertRow(item, slip)));
  }
}

function expertRow({ expert, call }, slip) {
  const verdict = call.indeterminate ? "Cannot tell" : VERDICT_WORDS[call.verdict];
  const grade = call.slip_grade ? `, grade ${GRADES[call.slip_grade - 1]}` : "";
  const slipped = call.slip ? `slip${grade}` : "no slip";
  const said = [verdict, ...(slip ? [slipped] : []), ...(call.remark ? [`“${call.remark}”`] : [])].join("; ");
  return element("p", { title: said }, element("span", { className: "muted", textContent: `${expert} ` }), said);
}
