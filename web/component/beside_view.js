/** What the AI says of each disc, as /ai gave it: a study's result (axial/result.py). */
function showAi(place, result, levels) {
  const byLevel = new Map(result.findings.map((finding) => [finding.level, finding]));
  place.replaceChildren(
    element("h2", { textContent: "The AI" }),
    ...levels.map((level) => aiDisc(level, byLevel.get(level))),
    ...result.doubts.map((doubt) => element("p", { className: "doubt", textContent: doubt })),
  );
  place.hidden = false;
}

function aiDisc(level, finding) {
  const section = element("section", { className: "disc", "aria-label": `AI: ${level}` });
  section.append(element("h3", { textContent: level }));
  if (!finding) {
    section.append(element("p", { className: "muted", textContent: "No finding at this level." }));
    return section;
  }
  const verdict = VERDICT_WORDS[finding.verdict] ?? "Not told";
  section.append(element("p", { className: "verdict", textContent: verdict }));
  for (const [name, probability] of Object.entries(finding.probabilities)) {
    section.append(probabilityBar(VERDICT_WORDS[name] ?? name, probability));
  }
  if (finding.slip_probability !== null) section.append(probabilityBar("Slip", finding.slip_probability));
  if (finding.slip) {
    const { distance, grade } = finding.slip;
    const text = `${mm(distance.value)} mm (${mm(distance.low)} to ${mm(distance.high)}), grade ${grade}`;
    section.append(element("p", { className: "muted", textContent: text }));
  }
  section.append(...finding.remarks.map((remark) => element("p", { className: "muted", textContent: remark })));
  return section;
}

/** With one decimal; none is minus zero. */
function mm(value) {
  return (Math.round(10 * value) / 10 + 0).toFixed(1);
}

function probabilityBar(name, probability) {
  const bar = element("span", { className: "bar" });
  bar.style.setProperty("--share", String(probability));
  const percent = element("span", { className: "percent", textContent: `${Math.round(100 * probability)} %` });
  return element("div", { className: "probability" }, element("span", { textContent: name }), bar, percent);
}

/** What each expert said of the discs that they disagree about: for the chair of the consensus. */
function showExperts(place, calls, { levels, slip }) {
  const sections = levels.map((level) => {
    const rows = calls.filter((item) => item.level === level).map((item) => expertRow(item, slip));
    const title = element("h3", { textContent: level });
    return element("section", { className: "disc", "aria-label": `Experts: ${level}` }, title, ...rows);
  });
  place.replaceChildren(element("h2", { textContent: "The experts" }), ...sections);
  place.hidden = false;
}

function expertRow({ expert, call }, slip) {
  const verdict = call.indeterminate ? "Cannot tell" : VERDICT_WORDS[call.verdict];
  const grade = call.slip_grade ? `, grade ${call.slip_grade}` : "";
  const slipped = call.slip ? `slip${grade}` : "no slip";
  const said = [verdict, ...(slip ? [slipped] : []), ...(call.remark ? [`“${call.remark}”`] : [])].join("; ");
  return element("p", {}, element("span", { className: "muted", textContent: `${expert} ` }), said);
}
