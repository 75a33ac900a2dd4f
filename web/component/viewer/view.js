const LEAST_ZOOM = 0.5;
const MOST_ZOOM = 20;

/** Where a picture lies on the screen: in `size` (CSS pixels), as large as fits at a zoom of 1, with `centre` (a pixel of
 * the picture) in the middle. Pixels need not be square. */
class View {
  #picture;
  size = [1, 1];
  zoom = 1;
  centre;

  /** `picture`: its rows, columns and spacing. */
  constructor(picture) {
    this.#picture = picture;
    this.reset();
  }

  reset() {
    this.zoom = 1;
    this.centre = [this.#picture.columns / 2, this.#picture.rows / 2];
  }

  /** CSS pixels for a pixel of the picture, across and down. */
  get scale() {
    const { rows, columns, spacing } = this.#picture;
    const perMm = Math.min(this.size[0] / (columns * spacing[1]), this.size[1] / (rows * spacing[0]));
    return [this.zoom * perMm * spacing[1], this.zoom * perMm * spacing[0]];
  }

  toScreen([x, y]) {
    const [across, down] = this.scale;
    return [(x - this.centre[0]) * across + this.size[0] / 2, (y - this.centre[1]) * down + this.size[1] / 2];
  }

  toPixel([x, y]) {
    const [across, down] = this.scale;
    return [(x - this.size[0] / 2) / across + this.centre[0], (y - this.size[1] / 2) / down + this.centre[1]];
  }

  /** What is at a point of the screen stays there. */
  zoomAt(screen, factor) {
    const held = this.toPixel(screen);
    this.zoom = within(this.zoom * factor, LEAST_ZOOM, MOST_ZOOM);
    const moved = this.toPixel(screen);
    this.#centreOn([this.centre[0] + held[0] - moved[0], this.centre[1] + held[1] - moved[1]]);
  }

  /** By CSS pixels. */
  panBy(right, below) {
    const [across, down] = this.scale;
    this.#centreOn([this.centre[0] - right / across, this.centre[1] - below / down]);
  }

  /** The picture cannot be lost: some of it stays in the middle. */
  #centreOn([x, y]) {
    this.centre = [within(x, 0, this.#picture.columns), within(y, 0, this.#picture.rows)];
  }
}
