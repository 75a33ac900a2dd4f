const LESION_LIKELIHOOD = "lesion_likelihood";
const SLIP_LIKELIHOOD = "slip_likelihood";
/** Letters that are the page's, the pictures' and the boxes' own, or a slip's. */
const OTHER_LETTERS = "adikoprsx";

/** The key of each verdict: the first letter of its name that is nothing else's. */
function lettersOf(verdicts) {
  const letters = new Map();
  for (const verdict of verdicts) {
    const taken = [...OTHER_LETTERS, ...letters.values()];
    letters.set(verdict, Array.from(verdict).find((letter) => !taken.includes(letter)) ?? "");
  }
  return letters;
}

/** What a key does to the form: `change(form, level)`, and the likelihood that it `arms` for the digits that follow;
 * or a `move` to another disc; null for nothing. Letters are those of the verdicts. Digits rate what was just
 * said: they are the likelihood that is `armed`, and where none is, they are not the form's. */
function formAction(event, questions, armed = null) {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const key = event.key.toLowerCase();
  if (key === "arrowdown" || key === "enter") return { move: 1 };
  if (key === "arrowup") return { move: -1 };
  const letters = lettersOf(questions.verdicts);
  const verdict = questions.verdicts.find((name) => letters.get(name) === key);
  if (verdict || key === "?") return verdictAction(verdict ?? null);
  if (questions.slip && (key === "s" || key === "x")) return slipAction(key === "s");
  const digit = digitOf(event);
  if (digit && armed) return likelihoodAction(armed, digit);
  return null;
}

/** What the page itself does at a key. */
function commandOf(event) {
  if (event.ctrlKey || event.metaKey) return event.key === "Enter" ? "commit" : null;
  if (event.altKey) return null;
  return { p: "pause", k: "keys", f1: "keys" }[event.key.toLowerCase()] ?? null;
}

/** A verdict, or null where it cannot be told. */
function verdictAction(verdict) {
  return { change: (form, level) => withVerdict(form, level, verdict), arms: LESION_LIKELIHOOD };
}

function slipAction(slip) {
  return { change: (form, level) => withSlip(form, level, slip), arms: SLIP_LIKELIHOOD };
}

function gradeAction(grade) {
  return { change: (form, level) => withCall(form, level, { slip_grade: grade }), arms: SLIP_LIKELIHOOD };
}

function likelihoodAction(name, value) {
  return { change: (form, level) => withCall(form, level, { [name]: value }), arms: name };
}

/** By the key's place: what a digit's key writes differs between keyboards. */
function digitOf(event) {
  if (event.shiftKey) return null;
  return Number(/^(?:Digit|Numpad)([1-5])$/.exec(event.code || "")?.[1]) || null;
}

/** All keys of the reading page, as its help lists them: of each group the keys and what they do. */
function keysOfThePage({ verdicts, slip, likelihoods, boxes }) {
  const letters = Array.from(lettersOf(verdicts), ([name, letter]) => [letter.toUpperCase(), VERDICT_WORDS[name]]);
  const slips = [["S", "Slip"], ["X", "No slip"]];
  const rating = slip ? "How likely, of the verdict or slip just said" : "How likely, just after the verdict";
  return [
    ["The disc", [
      ...letters, ["?", "Cannot tell"], ...(slip ? slips : []),
      ...(likelihoods ? [["1 – 5", rating]] : []),
      ["↑ ↓", "The disc above, below"],
    ]],
    ...(boxes ? [["The boxes", [
      ["Drag", "A new box; of a box, moves it; of a corner, resizes it"], ["Delete", "Remove the box"],
      ["D", "The left button draws, or sets the window"], ["0", "Nothing to mark"],
    ]]] : []),
    ["The pictures", [
      ["1 – 5", likelihoods ? "Windows, after a move to another disc or a touch of the pictures" : "Windows"],
      ["I", "Invert"], ["R", "Reset"], ["O", "What the AI marks, on and off"],
      ["A", "The AI’s activation maps, on and off"],
      ["Wheel", "Slices; with Ctrl, zoom"], ["Drag", "Window; right: zoom; middle, or with Shift: move"],
      ["Click", "The other series go to this place"], ["Double click", "One series alone, and back"],
    ]],
    ["The case", [["Ctrl + Enter", "Commit"], ["P", "Pause"], ["K", "This list"]]],
  ];
}
