const DOWNLOAD_WORDS = {
  "report.pdf": ["PDF", "The report, for people; with the activation maps while these are shown"],
  "report.json": ["JSON", "All numbers of the AI, and what you corrected"],
  "report.sr.dcm": ["DICOM SR", "The findings as a DICOM Structured Report, for machines"],
  "report.pdf.dcm": ["PDF as DICOM", "The report as a DICOM object of the study"],
  "fracture.json": ["Fracture JSON", "What the AI says of the marked vertebra, with all numbers"],
};
/** Letters of "T12-L1" and its like; a disc without a level has more. */
const LONGEST_LEVEL = 8;
const FOR_TRYING_OUT = "Trained on phantoms alone: for trying out";

/** The parts of the page that change, by name. `does`: what its buttons do. */
function layOutOpen(root, page, does) {
  const parts = {
    pictures: element("div", { className: "pictures" }),
    discs: element("div", { className: "discs" }),
    below: element("div", { className: "below" }),
    notice: element("span", { className: "notice", role: "status" }),
    corrected: element("p", { className: "muted", role: "status" }),
    back: button("", "Undo at this disc", does.back),
    takes: takeButtons(does.take),
    fracture: element("section", { className: "fracture", "aria-label": "Vertebral fracture" }),
    help: keysHelp(keysOfThePage(page.questions).slice(0, -1), does.keys),
    how: howPanel(page, does.how),
  };
  const { pictures, discs, below, notice, corrected, back, takes, fracture, help, how } = parts;
  const chips = page.phantoms ? [element("span", { className: "chip warn", textContent: FOR_TRYING_OUT })] : [];
  const ways = [...takes.values(), button("", "How it was read", does.how), button("", "Keys", does.keys, "K")];
  const head = openHeading(page, does.leave, ...chips, notice, ...ways);
  const notes = element("div", { className: "wanted" }, ...page.notes.map((text) => element("p", { textContent: text })));
  const final = element("div", { className: "final" }, back, corrected);
  const { levels } = page.questions;
  const kind = !levels.length ? "without" : levels.some((level) => level.length > LONGEST_LEVEL) ? "unnamed" : "";
  const form = element("div", { className: `form ${kind}` }, discs, element("footer", {}, notes, final, below, fracture));
  root.replaceChildren(head, element("div", { className: "body" }, pictures, form, help, how));
  return parts;
}

/** By the file that each takes. */
function takeButtons(take) {
  const made = ([name, [textContent, title]]) =>
    [name, element("button", { type: "button", className: "take", textContent, title, onclick: () => take(name) })];
  return new Map(Object.entries(DOWNLOAD_WORDS).map(made));
}

/** Which models read it, and what each stage did. */
function howPanel({ result, phantoms }, close) {
  const stages = result.stages.map(({ name, ran, reason, seconds }) => [
    STAGE_WORDS[name] ?? name,
    ran ? `${seconds.toFixed(1)} s` : `Did not run: ${reason}`,
  ]);
  const models = result.models.map(({ stage, network, digest }) => [stage, `${network}, SHA-256 ${digest}…`]);
  const rows = (pairs) => pairs.flatMap(([term, what]) => [element("dt", { textContent: term }), element("dd", { textContent: what })]);
  const section = (title, pairs) => element("section", {}, element("h3", { textContent: title }), element("dl", {}, ...rows(pairs)));
  const warning = phantoms ? [element("p", { className: "warn", textContent: `${FOR_TRYING_OUT}.` })] : [];
  const copy = element("p", { className: "muted", textContent: "Read from a copy without the patient’s name; the files carry its pseudonym." });
  const content = [section("Stages", stages), section("Models", models), ...warning, copy];
  const panel = element("div", { className: "help how", role: "dialog", hidden: true, onclick: close }, ...content);
  panel.setAttribute("aria-label", "How it was read");
  return panel;
}
