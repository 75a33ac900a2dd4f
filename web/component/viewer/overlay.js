/** What is drawn over a picture. `toScreen` leads from its pixels to those of the context. */
const TONES = { vertebra: "#56b4e9", disc: "#8fd1a8", finding: "#ff8a3d", measure: "#f0e442" };
const REFERENCE_COLOUR = "#d9c66a";
const CROSS_COLOUR = "#7fe0ff";
const LABEL_HEIGHT = 12;
const LABEL_FONT = '11px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** Lines in which other slices cut this one, each by its two ends. */
function drawReferences(context, toScreen, lines) {
  context.strokeStyle = REFERENCE_COLOUR;
  context.lineWidth = 1;
  context.setLineDash([6, 4]);
  for (const ends of lines) strokeThrough(context, ends.map(toScreen));
  context.setLineDash([]);
}

/** Boxes and lines with their labels, as reading/cases/marks.py makes them: each over those behind it, and a label that
 * would cover one of a mark before it is left out. */
function drawMarks(context, toScreen, marks) {
  const labels = new Labels(context);
  const places = [...marks].reverse().map((mark) => drawMark(context, toScreen, mark)).reverse();
  marks.forEach(({ tone, label }, index) => labels.add(label, TONES[tone], places[index]));
  labels.draw();
}

/** Returns where its label belongs. */
function drawMark(context, toScreen, { tone, edges, line }) {
  const inside = tone === "vertebra";
  Object.assign(context, { strokeStyle: TONES[tone], lineWidth: inside ? 1 : 1.5 });
  return edges ? drawBox(context, toScreen, edges, inside) : drawMeasure(context, line.map(toScreen));
}

/** Returns where its label belongs, [x, y, align]: in its middle, or over it. */
function drawBox(context, toScreen, [xmin, ymin, xmax, ymax], inside) {
  const [left, top] = toScreen([xmin, ymin]);
  const [right, bottom] = toScreen([xmax, ymax]);
  context.strokeRect(left, top, right - left, bottom - top);
  return inside ? [(left + right) / 2, (top + bottom) / 2, "center"] : [left, top - 8, "left"];
}

/** Returns where its label belongs: where the line ends, or beside it where it is steep. */
function drawMeasure(context, ends) {
  strokeThrough(context, ends);
  const [[x, y], [endX, endY]] = ends;
  if (Math.abs(endY - y) > Math.abs(endX - x)) return [(x + endX) / 2 + 5, (y + endY) / 2, "left"];
  return endX < x ? [endX - 5, endY, "right"] : [endX + 5, endY, "left"];
}

/** Texts over all lines. */
class Labels {
  #context;
  #added = [];

  constructor(context) {
    this.#context = context;
    Object.assign(context, { font: LABEL_FONT, textBaseline: "middle" });
  }

  add(text, colour, [x, y, align]) {
    const { width } = this.#context.measureText(text);
    const left = x - { left: 0, center: width / 2, right: width }[align];
    const covers = (other) =>
      left < other.left + other.width && other.left < left + width && Math.abs(y - other.y) < LABEL_HEIGHT;
    if (!this.#added.some(covers)) this.#added.push({ text, colour, left, width, y });
  }

  draw() {
    Object.assign(this.#context, { textAlign: "left", strokeStyle: "rgb(0 0 0 / 80%)", lineWidth: 3, lineJoin: "round" });
    for (const { text, colour, left, y } of this.#added) {
      this.#context.strokeText(text, left, y);
      this.#context.fillStyle = colour;
      this.#context.fillText(text, left, y);
    }
  }
}

/** A small cross that leaves what it points at free. */
function drawCross(context, [x, y]) {
  context.strokeStyle = CROSS_COLOUR;
  context.lineWidth = 1.5;
  for (const [right, below] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
    strokeThrough(context, [4, 11].map((far) => [x + far * right, y + far * below]));
  }
}

function strokeThrough(context, points) {
  context.beginPath();
  for (const [x, y] of points) context.lineTo(x, y);
  context.stroke();
}
