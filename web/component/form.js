/** The form as the server keeps it: reading/store/form.py. Forms are never changed, but made anew. */
const EMPTY_FORM = { discs: {}, remark: "", boxes: {}, nothing: false };
const EMPTY_CALL = {
  verdict: null,
  indeterminate: false,
  slip: null,
  slip_grade: null,
  lesion_likelihood: null,
  slip_likelihood: null,
  remark: "",
};

function callOf(form, level) {
  return { ...EMPTY_CALL, ...form.discs[level] };
}

function withCall(form, level, changes) {
  const call = { ...callOf(form, level), ...changes };
  return { ...form, discs: { ...form.discs, [level]: call } };
}

/** A verdict, or null where it cannot be told. */
function withVerdict(form, level, verdict) {
  return withCall(form, level, { verdict, indeterminate: verdict === null });
}

function withSlip(form, level, slip) {
  return withCall(form, level, { slip, slip_grade: slip ? callOf(form, level).slip_grade || null : 0 });
}

/** What a commit still wants of a disc, as ReadingForm.missing says it at more length. */
function missingOfCall(call, questions) {
  const missing = [];
  if (!call.verdict && !call.indeterminate) missing.push("verdict");
  if (questions.slip && call.slip === null) missing.push("slip");
  if (questions.likelihoods) {
    if (call.lesion_likelihood === null) missing.push(`likelihood of a ${questions.lesion}`);
    if (questions.slip && call.slip_likelihood === null) missing.push("likelihood of a slip");
  }
  return missing;
}

function missingOf(form, questions) {
  const levels = questions.boxes ? numbersOf(form) : questions.levels;
  if (questions.boxes && form.nothing === levels.length > 0) return ["the picture: a box around each disc"];
  return levels.flatMap((level) =>
    missingOfCall(callOf(form, level), questions).map((word) => `${level}: ${word}`),
  );
}
