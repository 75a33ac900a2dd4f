const STAGE_WORDS = {
  "looking at the upload": "Looking at the upload, and taking the patient’s name out of it",
  "opening the models": "Opening the models",
  "reading the pictures": "Reading the pictures",
  vertebrae: "Vertebrae on the sagittal picture",
  levels: "Levels of the axial slices",
  "disc regions": "Discs on the axial slices",
  classification: "State of each disc on the axial slices",
  "sagittal discs": "Discs on the sagittal pictures",
  measures: "Slips, heights and extents, in mm",
};

/** How far an open reading has come, stage by stage. `page`: the answer of its address. */
function showProgress(root, page, leave) {
  const now = page.state === "running" ? page.stages.indexOf(page.stage) : -1;
  const stages = ["Uploading", ...page.stages.map((stage) => STAGE_WORDS[stage] ?? stage)];
  const items = stages.map((words, index) => {
    const state = index - 1 < now || index === 0 ? "past" : index - 1 === now ? "now" : "later";
    const item = element("li", { className: state }, words);
    if (state === "now") item.setAttribute("aria-current", "step");
    return item;
  });
  showAlone(root, page, leave, [
    element("h2", { textContent: "The AI reads the examination" }),
    element("ol", { className: "stages", "aria-label": "Stages" }, ...items),
    element("p", { className: "muted", role: "status", textContent: waitingWords(page) }),
  ]);
}

function waitingWords({ state, before }) {
  if (state !== "waiting" || !before) return "You may leave this page; it goes on, and is in your list.";
  return `It waits for its turn: ${before} ${before === 1 ? "other is" : "others are"} read before it. You may leave this page.`;
}

const WHAT_CAN_BE_READ = "What can be read is one lumbar MR examination with a sagittal T2 or STIR series, as the archive exports it.";

/** Why it could not be read, and what to do. */
function showRefused(root, page, leave) {
  showAlone(root, page, leave, [
    element("h2", { textContent: "This examination could not be read" }),
    ...page.problem.split("\n").map((line) => element("p", { className: "error", role: "alert", textContent: asSentence(line) })),
    element("p", { className: "muted", textContent: WHAT_CAN_BE_READ }),
    button("commit", "To my open readings", leave),
  ]);
}

/** The page could not be opened. */
function showFailed(root, sentence, again, leave) {
  showAlone(root, { name: "Open reading" }, leave, [
    element("p", { className: "error", role: "alert", textContent: sentence }),
    button("commit", "Try again", again),
  ]);
}

function showAlone(root, page, leave, content) {
  const body = element("div", { className: "body" }, element("div", { className: "done alone" }, ...content));
  root.replaceChildren(openHeading(page, leave), body);
}

function openHeading({ name }, leave, ...parts) {
  return element("header", {}, button("back", "‹ Open readings", leave), element("h2", { textContent: name }), ...parts);
}
