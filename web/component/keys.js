/** What a key does: a change of the form at a level, a move to another disc, or a command; null for nothing.
 * Letters are the first of the verdicts; digits are likelihoods, with Shift those of a slip. */
function actionOf(event, questions) {
  if (event.ctrlKey || event.metaKey) {
    return event.key === "Enter" ? { command: "commit" } : null;
  }
  if (event.altKey) return null;
  const key = event.key.toLowerCase();
  if (key === "arrowdown" || key === "enter") return { move: 1 };
  if (key === "arrowup") return { move: -1 };
  if (key === "p") return { command: "pause" };
  if (key === "?") return { change: (form, level) => withVerdict(form, level, null) };
  const verdict = questions.verdicts.find((name) => name[0] === key);
  if (verdict) return { change: (form, level) => withVerdict(form, level, verdict) };
  if (questions.slip && (key === "s" || key === "x")) {
    return { change: (form, level) => withSlip(form, level, key === "s") };
  }
  return likelihoodAction(event, questions);
}

/** By the key's place: what Shift and a digit write differs between keyboards. */
function likelihoodAction(event, questions) {
  const digit = /^(?:Digit|Numpad)([1-5])$/.exec(event.code || "")?.[1];
  if (!digit || !questions.likelihoods || (event.shiftKey && !questions.slip)) return null;
  const name = event.shiftKey ? "slip_likelihood" : "herniation_likelihood";
  return { change: (form, level) => withCall(form, level, { [name]: Number(digit) }) };
}
