/** Boxes as [xmin, ymin, xmax, ymax] in pixels of a picture; the first pixel reaches from 0 to 1. */
const LEAST_BOX = 4;

/** The box between two corners, within a picture of `size` [columns, rows]. */
function boxBetween(corner, other, size) {
  const [[xmin, xmax], [ymin, ymax]] = [0, 1].map((axis) =>
    [corner[axis], other[axis]].map((value) => rounded(within(value, 0, size[axis]))).sort((one, two) => one - two),
  );
  return [xmin, ymin, xmax, ymax];
}

/** No hand draws a box that is smaller on purpose: reading/store/form.py refuses it. */
function isBox([xmin, ymin, xmax, ymax]) {
  return xmax - xmin >= LEAST_BOX && ymax - ymin >= LEAST_BOX;
}

/** Moved as far as the picture's edges allow. */
function movedBox([xmin, ymin, xmax, ymax], [right, below], [columns, rows]) {
  const across = within(right, -xmin, columns - xmax);
  const down = within(below, -ymin, rows - ymax);
  return [xmin + across, ymin + down, xmax + across, ymax + down].map(rounded);
}

/** With one corner (of cornersOf, by its place) at a point, the opposite one where it is. */
function resizedBox(edges, corner, point, size) {
  const fixed = cornersOf(edges)[3 - corner];
  const least = point.map((value, axis) => {
    const far = within(value, 0, size[axis]) - fixed[axis];
    const outwards = cornersOf(edges)[corner][axis] < fixed[axis] ? -1 : 1;
    return fixed[axis] + (Math.abs(far) < LEAST_BOX ? outwards * LEAST_BOX : far);
  });
  return boxBetween(fixed, least, size);
}

/** Upper left, upper right, lower left, lower right. */
function cornersOf([xmin, ymin, xmax, ymax]) {
  return [[xmin, ymin], [xmax, ymin], [xmin, ymax], [xmax, ymax]];
}

function isInside([x, y], [xmin, ymin, xmax, ymax]) {
  return xmin <= x && x <= xmax && ymin <= y && y <= ymax;
}

function areaOf([xmin, ymin, xmax, ymax]) {
  return Math.max(0, xmax - xmin) * Math.max(0, ymax - ymin);
}

/** Intersection over union. */
function overlapOf(one, other) {
  const shared = areaOf([
    ...[0, 1].map((side) => Math.max(one[side], other[side])),
    ...[2, 3].map((side) => Math.min(one[side], other[side])),
  ]);
  return shared / (areaOf(one) + areaOf(other) - shared);
}

/** To a tenth of a pixel. */
function rounded(value) {
  return Math.round(10 * value) / 10;
}
