/** Shows the series of a case side by side; the wheel goes through the slices. Returns how to close them.
 *
 * `series`: as GET /api/assignments/{id} gives them; `addressOf(number)`: where the pixels of one lie.
 */
function showPanes(place, series, addressOf) {
  const aborted = new AbortController();
  place.classList.toggle("single", series.length === 1);
  const panes = series.map((one) => new Pane(place, one));
  (async () => {
    for (const pane of panes) await pane.load(addressOf(pane.series.number), aborted.signal);
  })();
  return () => aborted.abort();
}

class Pane {
  #canvas = element("canvas");
  #note = element("span", { className: "pane-note", textContent: "Loading…" });
  #pixels = null;
  #slice = 0;
  #wheel = 0;

  constructor(place, series) {
    this.series = series;
    const title = element("span", { className: "pane-title", textContent: series.name });
    this.root = element("figure", { className: "pane", tabIndex: -1 }, this.#canvas, title, this.#note);
    this.root.addEventListener("wheel", (event) => this.#scroll(event), { passive: false });
    place.append(this.root);
  }

  async load(address, signal) {
    try {
      const response = await fetch(address, { credentials: "same-origin", signal });
      if (!response.ok) throw new Error();
      const bytes = await response.arrayBuffer();
      this.#pixels = this.series.signed ? new Int16Array(bytes) : new Uint16Array(bytes);
    } catch {
      if (!signal.aborted) this.#note.textContent = "These pictures did not come; reload the page.";
      return;
    }
    this.#slice = Math.floor(this.series.slices / 2);
    this.#draw();
  }

  #scroll(event) {
    event.preventDefault();
    if (!this.#pixels) return;
    // A wheel's notch is about 100; a touch pad sends many small steps.
    this.#wheel += event.deltaMode === 0 ? event.deltaY : event.deltaY * 100;
    const steps = Math.trunc(this.#wheel / 60);
    this.#wheel -= steps * 60;
    this.#slice = Math.max(0, Math.min(this.series.slices - 1, this.#slice + steps));
    this.#draw();
  }

  #draw() {
    const { rows, columns, slices, window } = this.series;
    const pixels = this.#pixels.subarray(this.#slice * rows * columns, (this.#slice + 1) * rows * columns);
    Object.assign(this.#canvas, { width: columns, height: rows });
    this.#canvas.style.setProperty("--aspect", String(displayAspect(this.series)));
    const gray = new ImageData(columns, rows);
    fillGray(gray.data, pixels, window);
    this.#canvas.getContext("2d").putImageData(gray, 0, 0);
    this.#note.textContent = `${this.#slice + 1} / ${slices}`;
  }
}

/** Width over height as shown: pixels need not be square. `spacing`: mm between rows, and between columns. */
function displayAspect({ rows, columns, spacing }) {
  const [betweenRows, betweenColumns] = spacing;
  return (columns * betweenColumns) / (rows * betweenRows);
}

/** Gray values of stored ones; `window`: its centre and its width, in stored values. */
function fillGray(rgba, pixels, [centre, width]) {
  const black = centre - width / 2;
  const scale = 255 / (width || 1);
  for (let index = 0; index < pixels.length; index += 1) {
    // Clamped by the array itself.
    rgba[4 * index] = rgba[4 * index + 1] = rgba[4 * index + 2] = (pixels[index] - black) * scale;
    rgba[4 * index + 3] = 255;
  }
}
