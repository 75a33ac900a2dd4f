const BOX_COLOUR = "#56b4e9";
const CHOSEN_COLOUR = "#ffffff";
const HANDLE = 7;
/** CSS pixels from a corner within which a press takes it. */
const CORNER_REACH = 9;
const CORNER_CURSORS = ["nwse-resize", "nesw-resize", "nesw-resize", "nwse-resize"];

/** The reader's boxes over a picture: drawn, chosen, moved and resized by the left button.
 *
 * `hears`: chosen(number); drawn(edges), of a new box; changed(number, edges). */
class BoxLayer {
  /** Whether the left button draws; else it is the viewer's. */
  drawing = true;
  #pane;
  #hears;
  #fits;
  #boxes = {};
  #labels = {};
  #chosen = null;
  #underHand = null;
  #toScreen = null;

  /** `fits()`: whether boxes can be drawn on what the pane shows. */
  constructor(pane, hears, fits = () => true) {
    this.#pane = pane;
    this.#hears = hears;
    this.#fits = fits;
    pane.addLayer(this);
    pane.surface.addEventListener("pointermove", (event) => this.#showCursor(event));
  }

  /** `boxes`: edges by number; `labels`: what stands beside each number; `chosen`: the number of one, or null. */
  show(boxes, labels, chosen) {
    this.#boxes = boxes;
    this.#labels = labels;
    this.#chosen = chosen;
    this.#pane.redrawOver();
  }

  draw(context, toScreen) {
    this.#toScreen = toScreen;
    const labels = new Labels(context);
    const { number: held, edges } = this.#underHand ?? {};
    for (const [number, box] of Object.entries(this.#boxes)) {
      if (number !== held) this.#drawBox(context, labels, number, box);
    }
    if (edges) this.#drawBox(context, labels, held, edges);
    labels.draw();
  }

  grab(point, event) {
    if (!this.#draws || event.button !== 0 || event.shiftKey || event.ctrlKey) return null;
    const corner = this.#cornerAt(point);
    if (corner !== null) return this.#resizing(corner);
    const number = this.#boxAt(point);
    return number === null ? this.#drawingFrom(point) : this.#moving(number, point);
  }

  get #draws() {
    return this.drawing && this.#fits();
  }

  get #size() {
    return [this.#pane.series.columns, this.#pane.series.rows];
  }

  #drawingFrom(start) {
    const box = (point) => boxBetween(start, point, this.#size);
    return this.#hand(null, box, (edges) => isBox(edges) && this.#hears.drawn(edges));
  }

  #moving(number, start) {
    const before = this.#boxes[number];
    this.#hears.chosen(number);
    const box = ([x, y]) => movedBox(before, [x - start[0], y - start[1]], this.#size);
    return this.#hand(number, box, (edges) => this.#changed(number, edges));
  }

  #resizing(corner) {
    const number = this.#chosen;
    const before = this.#boxes[number];
    const box = (point) => resizedBox(before, corner, point, this.#size);
    return this.#hand(number, box, (edges) => this.#changed(number, edges));
  }

  /** A box under the reader's hand: `box(point)` while it moves, `done(edges)` when it is let go. */
  #hand(number, box, done) {
    let last = null;
    return {
      move: (point) => {
        last = box(point);
        this.#underHand = { number, edges: last };
        this.#pane.redrawOver();
      },
      end: () => {
        this.#underHand = null;
        if (last) done(last);
        this.#pane.redrawOver();
      },
    };
  }

  #changed(number, edges) {
    if (String(edges) !== String(this.#boxes[number])) this.#hears.changed(number, edges);
  }

  /** The corner of the chosen box under a point, by its place in cornersOf. */
  #cornerAt(point) {
    const box = this.#boxes[this.#chosen];
    if (!box || !this.#toScreen) return null;
    const [x, y] = this.#toScreen(point);
    const far = cornersOf(box).map((corner) => this.#toScreen(corner)).map(([cx, cy]) => Math.hypot(cx - x, cy - y));
    const least = Math.min(...far);
    return least <= CORNER_REACH ? far.indexOf(least) : null;
  }

  /** Of several boxes under a point the smallest. */
  #boxAt(point) {
    const under = Object.entries(this.#boxes).filter(([, box]) => isInside(point, box));
    under.sort(([, one], [, other]) => areaOf(one) - areaOf(other));
    return under[0]?.[0] ?? null;
  }

  #showCursor(event) {
    if (event.buttons) return;
    const point = this.#pane.view.toPixel([event.offsetX, event.offsetY]);
    const corner = this.#draws ? this.#cornerAt(point) : null;
    const over = this.#draws && this.#boxAt(point) !== null;
    // Where it does not draw, a click leads the other series to its place, if the picture has one.
    const free = this.#draws || this.#pane.plane ? "crosshair" : "default";
    this.#pane.surface.style.cursor = CORNER_CURSORS[corner] ?? (over ? "move" : free);
  }

  #drawBox(context, labels, number, edges) {
    const [[left, top], , , [right, bottom]] = cornersOf(edges).map((corner) => this.#toScreen(corner));
    const chosen = number === this.#chosen || number === null;
    const colour = chosen ? CHOSEN_COLOUR : BOX_COLOUR;
    Object.assign(context, { strokeStyle: colour, lineWidth: chosen ? 2 : 1.5 });
    context.strokeRect(left, top, right - left, bottom - top);
    if (number === null) return;
    if (chosen) this.#drawHandles(context, [left, top, right, bottom]);
    const label = [number, this.#labels[number]].filter(Boolean).join(" ");
    labels.add(label, colour, [right + 6, (top + bottom) / 2, "left"]);
  }

  #drawHandles(context, edges) {
    context.fillStyle = CHOSEN_COLOUR;
    for (const [x, y] of cornersOf(edges)) context.fillRect(x - HANDLE / 2, y - HANDLE / 2, HANDLE, HANDLE);
  }
}
