/** Slices in the patient, as imaging/geometry.py has them. A point is patient mm, DICOM's axes: to the left, to the
 * back, to the head. A pixel is [x, y]; the first pixel of a picture reaches from 0 to 1. A plane is where a slice
 * lies: `position` of the centre of its first pixel, unit vectors `across` its columns and `down` its rows, and the
 * picture's `rows`, `columns` and `spacing` (mm between rows, mm between columns). */
const PARALLEL = 1e-6;
const DIRECTIONS = ["RL", "AP", "FH"];

/** The plane of a slice of a series; null where it has no place in the patient. */
function planeOf({ slices, spacing, rows, columns }, slice) {
  const { position, across, down } = slices[slice];
  return position && { position, across, down, spacing, rows, columns };
}

function pointOf({ position, across, down, spacing }, [x, y]) {
  const right = (x - 0.5) * spacing[1];
  const below = (y - 0.5) * spacing[0];
  return position.map((value, axis) => value + right * across[axis] + below * down[axis]);
}

/** Of the point moved straight onto the plane. */
function pixelOf({ position, across, down, spacing }, point) {
  const from = minus(point, position);
  return [dot(from, across) / spacing[1] + 0.5, dot(from, down) / spacing[0] + 0.5];
}

/** The slice of a series that is nearest to a point, within its pictures' edges; null where none has a place. */
function nearestSlice(series, point) {
  let nearest = null;
  let least = Infinity;
  series.slices.forEach((_, slice) => {
    const plane = planeOf(series, slice);
    const distance = plane ? distanceOf(plane, point) : Infinity;
    if (distance < least) [nearest, least] = [slice, distance];
  });
  return nearest;
}

/** mm from a point to the nearest point of the picture. */
function distanceOf(plane, point) {
  const [x, y] = pixelOf(plane, point);
  return Math.hypot(...minus(point, pointOf(plane, [within(x, 0, plane.columns), within(y, 0, plane.rows)])));
}

/** The ends of the line in which two slices cut each other, as far as it lies in both pictures; null where they do
 * not meet or are parallel. */
function crossingOf(first, second) {
  const planes = [first, second];
  const normals = planes.map(({ across, down }) => vectorProduct(across, down));
  const along = vectorProduct(...normals);
  const square = dot(along, along);
  if (Math.sqrt(square) < PARALLEL) return null;
  const direction = along.map((value) => value / Math.sqrt(square));
  // Of the points on the line the one that is nearest to the first slice's middle.
  const middle = pointOf(first, [first.columns / 2, first.rows / 2]);
  const [height, other] = planes.map(({ position }, index) => dot(normals[index], minus(position, middle)));
  const towards = [vectorProduct(normals[1], along), vectorProduct(along, normals[0])];
  const start = middle.map((value, axis) => value + (height * towards[0][axis] + other * towards[1][axis]) / square);
  const ranges = planes.map((plane) => rangeInside(plane, start, direction));
  const low = Math.max(...ranges.map((range) => range[0]));
  const high = Math.min(...ranges.map((range) => range[1]));
  return low < high ? [low, high].map((far) => start.map((value, axis) => value + far * direction[axis])) : null;
}

/** Between which distances along a line in its plane one is inside the picture. */
function rangeInside(plane, start, direction) {
  const from = pixelOf(plane, start);
  const to = pixelOf(plane, start.map((value, axis) => value + direction[axis]));
  let [low, high] = [-Infinity, Infinity];
  [plane.columns, plane.rows].forEach((side, axis) => {
    const speed = to[axis] - from[axis];
    if (Math.abs(speed) < PARALLEL) {
      if (from[axis] < 0 || from[axis] > side) [low, high] = [Infinity, -Infinity];
      return;
    }
    const edges = [-from[axis] / speed, (side - from[axis]) / speed];
    low = Math.max(low, Math.min(...edges));
    high = Math.min(high, Math.max(...edges));
  });
  return [low, high];
}

/** The patient's sides at a picture's edges, each by its letter (PS3.3 C.7.6.1.1.1). */
function sidesOf({ across, down }) {
  return { left: sideOf(across, -1), right: sideOf(across, 1), top: sideOf(down, -1), bottom: sideOf(down, 1) };
}

function sideOf(direction, sign) {
  const lengths = direction.map(Math.abs);
  const axis = lengths.indexOf(Math.max(...lengths));
  return DIRECTIONS[axis][direction[axis] * sign > 0 ? 1 : 0];
}

function dot(one, other) {
  return one[0] * other[0] + one[1] * other[1] + one[2] * other[2];
}

function vectorProduct([a, b, c], [x, y, z]) {
  return [b * z - c * y, c * x - a * z, a * y - b * x];
}

function minus(one, other) {
  return one.map((value, axis) => value - other[axis]);
}

function within(value, low, high) {
  return Math.max(low, Math.min(high, value));
}
