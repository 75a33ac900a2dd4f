/** One to three series of a case side by side.
 *
 * The wheel goes through the slices, with Ctrl it zooms; the left button windows, the right one zooms, the middle one
 * or Shift with the left one moves the picture; a click makes the other series go to that place of the patient; a
 * double click lets a series fill the viewer, and back. Presets, inversion and reset are for all panes at once: there
 * is no pane that a reader must choose first, and each series has windows of its own values; a drag windows one alone.
 */
const MOST_PANES = 3;
/** Which series matter most: of these kinds the first each, then all others. */
const MAIN_KINDS = [["sagittal T2", "sagittal STIR"], ["axial T2"], ["sagittal T1"]];
/** Every turn of the wheel measures itself under this name (performance.getEntriesByName), until its frame is done. */
const REDRAW = "redraw";
/** Of the file's window, that a pointer's CSS pixel moves centre and width by. */
const WINDOW_STEP = 1 / 250;

class Viewer {
  /** Called whenever the pictures are used by pointer or wheel. */
  ontouch = () => {};
  #series;
  #addressOf;
  #pixels = new Map();
  #closed = new AbortController();
  #grid = element("div", { className: "viewer-panes" });
  #toolbar;
  #ranks = new Map();
  #count;
  #filled = null;
  #marks = new Map();
  #marksShown = true;
  #maps = new Map();
  #mapsShown = false;
  #linesShown = true;
  #preset = 0;
  #inverted = false;
  #looked = null;

  /** `series`: as CaseSeries.as_json gives them; `addressOf(number)`: where the pixels of one lie. */
  constructor(place, series, addressOf) {
    performance.clearMeasures(REDRAW);
    this.#series = series;
    this.#addressOf = addressOf;
    const shown = mainSeries(series).slice(0, MOST_PANES);
    const inOrder = series.filter((one) => shown.includes(one));
    this.#count = shown.length;
    this.panes = inOrder.map((one) => {
      const pane = this.#pane();
      this.#ranks.set(pane, shown.indexOf(one));
      return pane;
    });
    this.#toolbar = new Toolbar(this, shown.length);
    const stage = element("div", { className: "viewer-stage" }, this.#grid);
    this.root = element("div", { className: "viewer" }, this.#toolbar.root, stage);
    place.append(this.root);
    /** Settled when every pane shows its first picture, or says that it did not come. */
    this.ready = Promise.all(this.panes.map((pane, index) => this.#show(pane, inOrder[index]))).then(() => {});
    this.#fitToPage();
    this.#layOut();
  }

  close() {
    this.#closed.abort();
    this.root.remove();
  }

  get marks() {
    return Array.from(this.#marks.values()).flat();
  }

  /** As reading/cases/marks.py makes them. */
  set marks(marks) {
    this.#marks = groupBy(marks, ({ series, slice }) => `${series}/${slice}`);
    this.#redrawOver();
  }

  get marksShown() {
    return this.#marksShown;
  }

  set marksShown(shown) {
    this.#marksShown = shown;
    this.#redrawOver();
  }

  /** Activation maps, as reading/cases/activation_maps.py makes them; they are hidden until they are asked for. */
  set maps(maps) {
    this.#maps = new Map(maps.map((map) => [`${map.series}/${map.slice}`, new ActivationMap(map)]));
    this.#redrawOver();
  }

  /** Whether those that there are lie over their pictures. */
  get mapsShown() {
    return this.#mapsShown && this.#maps.size > 0;
  }

  /** Every pane goes to the slice nearest to a point, patient mm, and points at it. */
  lookAt(point) {
    this.#look(point, null);
  }

  /** Its series goes to the mark's slice, the others to where its middle lies. */
  lookAtMark({ series: number, slice, edges, line }) {
    const series = this.#series.find((one) => one.number === number);
    const [[x, y], [otherX, otherY]] = line ?? [edges.slice(0, 2), edges.slice(2)];
    const plane = planeOf(series, slice);
    if (plane) this.#look(pointOf(plane, [(x + otherX) / 2, (y + otherY) / 2]), null);
    for (const pane of this.panes) if (pane.series === series) pane.slice = slice;
    this.redraw();
  }

  /** Whether the key was the viewer's: 1–5, i, r, o, a. */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return false;
    const digit = digitOf(event);
    const actions = {
      i: () => this.invert(),
      r: () => this.reset(),
      o: () => this.toggleMarks(),
      a: () => this.toggleMaps(),
    };
    const action = actions[event.key.toLowerCase()];
    if (digit) this.preset(digit - 1);
    else action?.();
    return Boolean(digit || action);
  }

  /** A window of PRESETS, by its place among them. */
  preset(index) {
    this.#preset = index;
    for (const pane of this.panes) pane.preset = index;
    this.redraw();
  }

  invert() {
    this.#inverted = !this.#inverted;
    for (const pane of this.panes) pane.inverted = this.#inverted;
    this.redraw();
  }

  /** Window, zoom and position as at first; the slices stay. */
  reset() {
    this.#inverted = false;
    this.#looked = null;
    for (const pane of this.panes) {
      pane.view.reset();
      pane.inverted = false;
    }
    this.preset(0);
  }

  showPanes(count) {
    this.#count = count;
    this.#filled = null;
    this.#layOut();
  }

  toggleMarks() {
    this.marksShown = !this.marksShown;
  }

  toggleMaps() {
    if (!this.#maps.size) return;
    this.#mapsShown = !this.#mapsShown;
    this.#redrawOver();
  }

  toggleLines() {
    this.#linesShown = !this.#linesShown;
    this.#redrawOver();
  }

  redraw() {
    for (const pane of this.panes) pane.redraw();
    this.#showState();
  }

  #pane() {
    const pane = new Pane(this.#series, (series) => this.#choose(pane, series));
    pane.addLayer({ draw: (context, toScreen) => this.#drawMap(context, toScreen, pane) });
    pane.addLayer({ draw: (context, toScreen) => drawReferences(context, toScreen, this.#referencesOn(pane)) });
    pane.addLayer({ draw: (context, toScreen) => drawMarks(context, toScreen, this.#marksOn(pane)) });
    pane.addLayer({ draw: (context, toScreen) => this.#drawCross(context, toScreen, pane) });
    listenToPointer(pane.surface, this.#hears(pane), this.#closed.signal);
    this.#grid.append(pane.root);
    return pane;
  }

  #hears(pane) {
    const changed = (change) => (...how) => {
      change(...how);
      pane.redraw();
    };
    return {
      touch: () => this.ontouch(),
      step: (slices) => this.#step(pane, slices),
      zoom: changed((place, factor) => pane.view.zoomAt(place, factor)),
      pan: changed((right, below) => pane.view.panBy(right, below)),
      window: changed((right, below) => this.#dragWindow(pane, right, below)),
      look: (place) => pane.plane && this.#look(pointOf(pane.plane, pane.view.toPixel(place)), pane),
      fill: () => this.#fill(pane),
      grab: (place, event) => pane.grab(place, event),
    };
  }

  #step(pane, slices) {
    const start = performance.now();
    const before = pane.slice;
    pane.slice += slices;
    if (pane.slice === before) return;
    pane.redraw();
    this.#redrawOver(pane);
    requestAnimationFrame(() => setTimeout(() => performance.measure(REDRAW, { start })));
  }

  /** To the right wider, which is less contrast; down darker. */
  #dragWindow(pane, right, below) {
    const step = Math.max(1, pane.series.window[1]) * WINDOW_STEP;
    const [centre, width] = pane.window;
    pane.window = [centre + below * step, width + right * step];
    this.#preset = null;
    this.#showState();
  }

  /** The panes but for the one `from` which it was asked go there, and point at it. */
  #look(point, from) {
    this.#looked = { point, from };
    for (const pane of this.panes) {
      if (pane !== from) pane.slice = nearestSlice(pane.series, point) ?? pane.slice;
    }
    this.redraw();
  }

  #fill(pane) {
    this.#filled = this.#filled === pane ? null : pane;
    this.#layOut();
  }

  /** Another series at the same place of the patient. */
  async #choose(pane, series) {
    const { plane } = pane;
    const slice = plane && nearestSlice(series, pointOf(plane, [plane.columns / 2, plane.rows / 2]));
    await this.#show(pane, series, slice ?? undefined);
    this.#redrawOver();
  }

  async #show(pane, series, slice = Math.floor(series.slices.length / 2)) {
    if (!this.#pixels.has(series)) this.#pixels.set(series, this.#load(series));
    await pane.show(series, this.#pixels.get(series), slice);
    if (!this.#preset) return;
    pane.preset = this.#preset;
    pane.redraw();
  }

  async #load(series) {
    const { signal } = this.#closed;
    const response = await fetch(this.#addressOf(series.number), { credentials: "same-origin", signal });
    if (!response.ok) throw new Error(String(response.status));
    return new Uint16Array(await response.arrayBuffer());
  }

  get #visible() {
    return this.panes.filter((pane) => !pane.root.hidden);
  }

  #layOut() {
    for (const pane of this.panes) {
      pane.root.hidden = this.#filled ? pane !== this.#filled : this.#ranks.get(pane) >= this.#count;
    }
    this.#grid.dataset.count = String(this.#visible.length);
    this.#redrawOver();
  }

  #fitToPage() {
    const sizes = new ResizeObserver(() => this.#visible.forEach((pane) => pane.fit()));
    for (const pane of this.panes) sizes.observe(pane.root);
    this.#closed.signal.addEventListener("abort", () => sizes.disconnect());
  }

  #redrawOver(but = null) {
    for (const pane of this.#visible) if (pane !== but) pane.redrawOver();
    if (!but) this.#showState();
  }

  #showState() {
    this.#toolbar.show({
      preset: this.#preset,
      inverted: this.#inverted,
      count: this.#filled ? 1 : this.#count,
      linesShown: this.#linesShown,
      marksShown: this.#marksShown,
      marks: this.#marks.size > 0,
      mapsShown: this.#mapsShown,
      maps: this.#maps.size > 0,
    });
  }

  /** The lines in which the other panes' slices cut this one's, in its pixels. */
  #referencesOn(pane) {
    const { plane } = pane;
    if (!plane || !this.#linesShown) return [];
    const others = this.#visible.filter((other) => other !== pane && other.plane);
    const lines = others.map((other) => crossingOf(plane, other.plane)).filter(Boolean);
    return lines.map((ends) => ends.map((point) => pixelOf(plane, point)));
  }

  #marksOn(pane) {
    return (this.#marksShown && this.#marks.get(`${pane.series.number}/${pane.slice}`)) || [];
  }

  #drawMap(context, toScreen, pane) {
    const map = this.#mapsShown && this.#maps.get(`${pane.series.number}/${pane.slice}`);
    pane.caption = map ? MAP_CAPTION : "";
    if (map) map.draw(context, toScreen, pane.series);
  }

  #drawCross(context, toScreen, pane) {
    if (!this.#looked || this.#looked.from === pane || !pane.plane) return;
    const { point } = this.#looked;
    if (nearestSlice(pane.series, point) !== pane.slice) return;
    drawCross(context, toScreen(pixelOf(pane.plane, point)));
  }
}

/** The series by how much they matter. */
function mainSeries(series) {
  const main = MAIN_KINDS.map((kinds) => series.find(({ kind }) => kinds.includes(kind))).filter(Boolean);
  return [...main, ...series.filter((one) => !main.includes(one))];
}
