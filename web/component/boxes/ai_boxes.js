/** From this overlap on two boxes are of the same disc, as in the comparison (reading/analysis/matching.py). */
const SAME_DISC = 0.5;

/** The reader's box of each disc that the AI found, by the AI's name of it: those that overlap most first. */
function aiOf(found, form) {
  const pairs = found.flatMap((disc) =>
    numbersOf(form).map((number) => ({ disc, number, overlap: overlapOf(disc.edges, form.boxes[number]) })),
  );
  pairs.sort((one, other) => other.overlap - one.overlap);
  const matched = new Map();
  const taken = new Set();
  for (const { disc, number, overlap } of pairs) {
    if (overlap < SAME_DISC || matched.has(disc.name) || taken.has(number)) continue;
    matched.set(disc.name, number);
    taken.add(number);
  }
  return matched;
}

/** Beside each box of the reader what the AI says of it; under them what it found besides. `look(number)`: what a
 * press on the first does. */
function showAiBoxes(beside, found, form, look) {
  const matched = aiOf(found, form);
  const byNumber = new Map(found.filter(({ name }) => matched.has(name)).map((disc) => [matched.get(disc.name), disc]));
  const others = found.filter(({ name }) => !matched.has(name));
  beside.levels = [...numbersOf(form), ...others.map(({ name }) => name)];
  for (const number of numbersOf(form)) {
    const disc = byNumber.get(number);
    if (disc) beside.fill(number, aiSaysOfBox(disc), { verdict: disc.verdict, look: () => look(number) });
    else beside.fill(number, [element("p", { className: "muted", textContent: "Nothing found here." })]);
  }
  for (const disc of others) beside.fill(disc.name, aiSaysOfBox(disc));
}

/** What a detector found on the sagittal picture of an examination: its boxes have letters, but no levels.
 * `look(name)`: what a press on one does. */
function showAiWithoutLevels(beside, { discs }, look) {
  const found = discs.map((disc) =>
    element("button", { type: "button", className: "call", onclick: () => look(disc.name) }, ...aiSaysOfBox(disc)),
  );
  beside.fillAcross(found);
  const what = found.length ? "It marks the sagittal picture, and names no levels." : "The AI found nothing to mark.";
  beside.say("muted", [what]);
}

/** As of a study's finding, but for what a picture cannot tell. */
function aiSaysOfBox(disc) {
  return aiSays({ ...disc, slip: null, remarks: [] }, disc.name);
}
