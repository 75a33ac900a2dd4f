/** Activation maps over a picture, with the colours and the places of models/activation.py. */
const MAP_COLOURS = [[13, 8, 135], [126, 3, 168], [204, 71, 120], [248, 149, 64], [240, 249, 33]];
const MOST_OPAQUE = 0.6;
const MAP_OUTLINE = "#d0d0d0";
/** Pixels that a map is painted with, across and down. */
const MAP_SIZE = 128;
const MAP_CAPTION = "What spoke for the AI’s verdict on this slice: no segmentation, no explanation";

/** The map of one slice, painted when it is shown first. */
class ActivationMap {
  #rows;
  #seen;
  #painted = null;

  /** `rows`: values from top to bottom; `seen`: the edges of the square that they cover, in picture pixels. */
  constructor({ rows, seen }) {
    this.#rows = rows;
    this.#seen = seen;
  }

  /** As far as it lies in the picture, which has so many `columns` and `rows`. */
  draw(context, toScreen, { columns, rows }) {
    this.#painted ??= paintedMap(this.#rows);
    const square = boxOnScreen(toScreen, this.#seen);
    context.save();
    context.beginPath();
    context.rect(...boxOnScreen(toScreen, [0, 0, columns, rows]));
    context.clip();
    context.drawImage(this.#painted, ...square);
    Object.assign(context, { strokeStyle: MAP_OUTLINE, lineWidth: 1 });
    context.strokeRect(...square);
    context.restore();
  }
}

/** Left, top, width and height. */
function boxOnScreen(toScreen, [xmin, ymin, xmax, ymax]) {
  const [left, top] = toScreen([xmin, ymin]);
  const [right, bottom] = toScreen([xmax, ymax]);
  return [left, top, right - left, bottom - top];
}

/** A canvas with a map, `rows` of values from top to bottom, the more opaque the stronger it is. */
function paintedMap(rows) {
  const shares = strengthOf(rows);
  const canvas = element("canvas", { width: MAP_SIZE, height: MAP_SIZE });
  const image = new ImageData(MAP_SIZE, MAP_SIZE);
  for (let y = 0; y < MAP_SIZE; y += 1) {
    for (let x = 0; x < MAP_SIZE; x += 1) {
      const share = shareAt(shares, (x + 0.5) / MAP_SIZE, (y + 0.5) / MAP_SIZE);
      image.data.set([...mapColour(share), 255 * MOST_OPAQUE * share], 4 * (y * MAP_SIZE + x));
    }
  }
  canvas.getContext("2d").putImageData(image, 0, 0);
  return canvas;
}

/** From 0 at the weakest to 1 at the strongest place; all 0 where it is the same everywhere. */
function strengthOf(rows) {
  const least = Math.min(...rows.flat());
  const reach = Math.max(...rows.flat()) - least;
  return rows.map((row) => row.map((value) => (reach > 0 ? (value - least) / reach : 0)));
}

/** Linear between where the cells look, which is their upper left corners; `x`, `y`: shares of the square. */
function shareAt(shares, x, y) {
  const [upper, lower, down] = neighbours(y * shares.length, shares.length);
  const [left, right, across] = neighbours(x * shares[0].length, shares[0].length);
  const along = (row) => row[left] * (1 - across) + row[right] * across;
  return along(shares[upper]) * (1 - down) + along(shares[lower]) * down;
}

/** The cells before and after a place, and how far it is on the way to the second. */
function neighbours(place, count) {
  const first = Math.floor(within(place, 0, count - 1));
  return [first, Math.min(first + 1, count - 1), within(place, 0, count - 1) - first];
}

function mapColour(share) {
  const [first, second, rest] = neighbours(share * (MAP_COLOURS.length - 1), MAP_COLOURS.length);
  return MAP_COLOURS[first].map((value, channel) => value * (1 - rest) + MAP_COLOURS[second][channel] * rest);
}
