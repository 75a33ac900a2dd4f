/** What a reader draws, in the form (reading/store/form.py): discs go by the numbers of their boxes. */
const MOST_BOXES = 99;

/** The numbers of the boxes, in their order. */
function numbersOf(form) {
  return Object.keys(form.boxes ?? {}).sort((one, other) => one - other);
}

/** The least that no box has; null where there are too many. */
function freeNumber(form) {
  const taken = new Set(numbersOf(form));
  const free = Array.from({ length: MOST_BOXES }, (_, index) => String(index + 1)).find((number) => !taken.has(number));
  return free ?? null;
}

function withBox(form, number, edges) {
  const drawn = { ...form, nothing: false, boxes: { ...form.boxes, [number]: edges } };
  return withCall(drawn, number, {});
}

function withoutBox(form, number) {
  const { [number]: box, ...boxes } = form.boxes;
  const { [number]: call, ...discs } = form.discs;
  return { ...form, boxes, discs };
}

/** That there is nothing to mark; only where nothing is marked. */
function withNothing(form, nothing) {
  return { ...form, nothing: nothing && !numbersOf(form).length };
}
