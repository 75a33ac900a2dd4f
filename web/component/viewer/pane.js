/** A series, one slice at a time, with what lies over it in layers. Drawn in two canvases, so that what lies over it
 * moves without the picture being drawn again. */
class Pane {
  series;
  #all;
  #slice = 0;
  #window;
  #inverted = false;
  #bits = null;
  #windows = null;
  #table = null;
  #view;
  #layers = [];
  #picture = element("canvas");
  #over = element("canvas", { className: "over" });
  #sheet = element("canvas");
  #image;
  #words;
  #title;
  #texts = {};
  #density = 1;

  /** `all`: the series to choose from; `choose(series)`: what happens then. */
  constructor(all, choose) {
    this.#all = all;
    const options = all.map(({ name }) => element("option", { textContent: name }));
    this.#title = element("select", { className: "pane-title", title: "Series", disabled: all.length < 2 }, ...options);
    this.#title.setAttribute("aria-label", "Series");
    this.#title.onchange = () => {
      this.#title.blur(); // so that keys are the page's again
      choose(all[this.#title.selectedIndex]);
    };
    for (const name of ["slice", "zoom", "window", "left", "right", "top", "bottom", "caption", "note"]) {
      this.#texts[name] = element("span", { className: `pane-text ${name}` });
    }
    const parts = [this.#picture, this.#over, this.#title, ...Object.values(this.#texts)];
    this.root = element("figure", { className: "pane", tabIndex: -1 }, ...parts);
  }

  /** What pointer and wheel are heard on. */
  get surface() {
    return this.#over;
  }

  /** Shows a slice of another series as soon as its pixels are there; `bits`: a promise of them. */
  async show(series, bits, slice) {
    const { rows, columns } = series;
    const { size } = this.#view ?? {};
    this.series = series;
    this.#slice = slice;
    this.#view = new View(series);
    if (size) this.#view.size = size;
    this.#window = series.window;
    this.#bits = this.#windows = this.#table = null;
    Object.assign(this.#sheet, { width: columns, height: rows });
    this.#image = new ImageData(columns, rows);
    this.#words = new Uint32Array(this.#image.data.buffer);
    this.#title.selectedIndex = this.#all.indexOf(series);
    this.#say("note", "Loading…");
    this.redraw();
    try {
      const came = await bits;
      if (this.series !== series) return;
      this.#bits = came;
      this.#say("note", "");
      this.redraw();
    } catch {
      if (this.series === series) this.#say("note", "These pictures did not come; reload the page.");
    }
  }

  get slice() {
    return this.#slice;
  }

  /** From 0; beyond the ends it is the last one there. */
  set slice(slice) {
    this.#slice = within(slice, 0, this.series.slices.length - 1);
  }

  /** Where the slice lies; null where it has no place in the patient. */
  get plane() {
    return planeOf(this.series, this.#slice);
  }

  get window() {
    return this.#window;
  }

  set window([centre, width]) {
    this.#window = [centre, Math.max(1, width)];
    this.#table = null;
  }

  /** One of PRESETS, by its place among them. */
  set preset(index) {
    if (index > 0 && this.#bits) this.#windows ??= windowsOf(this.#values, this.series.window);
    this.window = this.#windows?.[index] ?? this.series.window;
  }

  set inverted(inverted) {
    this.#inverted = inverted;
    this.#table = null;
  }

  get view() {
    return this.#view;
  }

  /** What is said below the picture of what lies over it. */
  set caption(text) {
    this.#say("caption", text);
  }

  /** `layer.draw(context, toScreen)` is called after those before it at every redrawing, in CSS pixels;
   * `layer.grab(pixel, event)` at a pointer that comes down, and may return {move(pixel), end(pixel)} to have it. */
  addLayer(layer) {
    this.#layers.push(layer);
  }

  /** Who takes a pointer that comes down at a place on the surface, if anybody. */
  grab(place, event) {
    for (const layer of [...this.#layers].reverse()) {
      const taken = layer.grab?.(this.#view.toPixel(place), event);
      if (taken) {
        return {
          move: (to) => taken.move(this.#view.toPixel(to)),
          end: (to) => taken.end(this.#view.toPixel(to)),
        };
      }
    }
    return null;
  }

  /** To the size that it has on the page. */
  fit() {
    const { clientWidth: width, clientHeight: height } = this.root;
    if (!width || !height) return;
    this.#density = window.devicePixelRatio || 1;
    for (const canvas of [this.#picture, this.#over]) {
      Object.assign(canvas, {
        width: Math.round(width * this.#density),
        height: Math.round(height * this.#density),
      });
    }
    this.#view.size = [width, height];
    this.redraw();
  }

  redraw() {
    this.#drawPicture();
    this.redrawOver();
  }

  /** The layers and the texts alone. */
  redrawOver() {
    const context = this.#cleared(this.#over);
    const toScreen = (pixel) => this.#view.toScreen(pixel);
    if (this.#bits) for (const layer of this.#layers) layer.draw(context, toScreen);
    const [centre, width] = this.#window.map(Math.round);
    this.#say("slice", `${this.#slice + 1} / ${this.series.slices.length}`);
    this.#say("zoom", `${this.#view.zoom.toFixed(1)}×`);
    this.#say("window", `W ${width} L ${centre}`);
    const sides = this.plane ? sidesOf(this.plane) : {};
    for (const edge of ["left", "right", "top", "bottom"]) this.#say(edge, sides[edge] ?? "");
  }

  #drawPicture() {
    const context = this.#cleared(this.#picture);
    if (!this.#bits) return;
    const { rows, columns, signed } = this.series;
    const start = this.#slice * rows * columns;
    this.#table ??= grayTable(this.#window, signed, this.#inverted);
    fillGray(this.#words, this.#bits.subarray(start, start + rows * columns), this.#table);
    this.#sheet.getContext("2d", { alpha: false }).putImageData(this.#image, 0, 0);
    const [left, top] = this.#view.toScreen([0, 0]);
    const [right, bottom] = this.#view.toScreen([columns, rows]);
    context.drawImage(this.#sheet, left, top, right - left, bottom - top);
  }

  #cleared(canvas) {
    const context = canvas.getContext("2d");
    context.setTransform(this.#density, 0, 0, this.#density, 0, 0);
    context.clearRect(0, 0, ...this.#view.size);
    return context;
  }

  /** The stored values with their sign. */
  get #values() {
    return this.series.signed ? new Int16Array(this.#bits.buffer) : this.#bits;
  }

  #say(name, text) {
    const place = this.#texts[name];
    if (place.textContent !== text) place.textContent = text;
  }
}
