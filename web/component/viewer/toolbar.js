const ICONS = {
  invert: '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor"/><path d="M8 2a6 6 0 0 1 0 12z"/>',
  reset: '<path d="M13 8a5 5 0 1 1-1.6-3.7M13 2v3h-3" fill="none" stroke="currentColor" stroke-width="1.4"/>',
  lines: '<path d="M1 6h14M1 11h14" fill="none" stroke="currentColor" stroke-dasharray="3 1.6"/>',
  maps: '<circle cx="8" cy="8" r="6" fill="none" stroke="currentColor"/><circle cx="8" cy="8" r="3.6" opacity=".5"/><circle cx="8" cy="8" r="1.6"/>',
  marks: '<path d="M2 3h8v7H2zM6 6h8v7H6z" fill="none" stroke="currentColor"/>',
};

/** What the viewer can do, for those who do not know its keys. `viewer`: what each button calls. */
class Toolbar {
  #pressed = [];
  #marks;
  #maps;

  constructor(viewer, panes) {
    const windows = PRESETS.map((name, index) =>
      this.#button(String(index + 1), `Window ${index + 1}: ${name}`, () => viewer.preset(index), {
        pressed: (state) => state.preset === index,
      }),
    );
    const looks = [
      this.#button(toolIcon("invert"), "Invert (I)", () => viewer.invert(), { pressed: (state) => state.inverted }),
      this.#button(toolIcon("reset"), "Reset window, zoom and position (R)", () => viewer.reset()),
    ];
    const lines = this.#button(toolIcon("lines"), "Where the other series cut", () => viewer.toggleLines(), {
      pressed: (state) => state.linesShown,
    });
    this.#marks = this.#button(toolIcon("marks"), "Marks on the pictures (O)", () => viewer.toggleMarks(), {
      pressed: (state) => state.marksShown,
    });
    this.#maps = this.#button(toolIcon("maps"), "Activation maps: what spoke for the AI’s verdicts (A)", () => viewer.toggleMaps(), {
      pressed: (state) => state.mapsShown,
    });
    const several = panes > 1;
    this.root = element(
      "div",
      { className: "viewer-tools", role: "toolbar", "aria-label": "Pictures" },
      toolGroup("Window", ...windows),
      toolGroup("", ...looks),
      ...(several ? [toolGroup("", ...this.#counts(viewer, panes))] : []),
      toolGroup("", ...(several ? [lines] : []), this.#marks, this.#maps),
    );
  }

  /** `state`: preset, inverted, count, linesShown, marksShown, mapsShown, and whether there are any `marks` or
   * `maps`. */
  show(state) {
    for (const { button, pressed } of this.#pressed) button.setAttribute("aria-pressed", String(pressed(state)));
    this.#marks.disabled = !state.marks;
    this.#maps.hidden = !state.maps;
  }

  #counts(viewer, panes) {
    return Array.from({ length: panes }, (_, index) => index + 1).map((count) => {
      const words = count === 1 ? "One series" : `${count} series side by side`;
      return this.#button(paneIcon(count), words, () => viewer.showPanes(count), {
        pressed: (state) => state.count === count,
      });
    });
  }

  #button(innerHTML, title, onclick, { pressed = null } = {}) {
    // The focus stays where it is, so that keys go on.
    const onmousedown = (event) => event.preventDefault();
    const button = element("button", { type: "button", innerHTML, title, onclick, onmousedown, "aria-label": title });
    if (pressed) this.#pressed.push({ button, pressed });
    return button;
  }
}

function toolGroup(name, ...buttons) {
  const label = name ? [element("span", { className: "muted", textContent: name })] : [];
  return element("span", { className: "viewer-group" }, ...label, ...buttons);
}

function toolIcon(name) {
  return `<svg viewBox="0 0 16 16" width="16" height="16" fill="currentColor">${ICONS[name]}</svg>`;
}

/** So many panes side by side. */
function paneIcon(count) {
  const width = (14 - 1.5 * (count - 1)) / count;
  const panes = Array.from({ length: count }, (_, index) => {
    const left = 1 + index * (width + 1.5);
    return `<rect x="${left}" y="3" width="${width}" height="10" fill="none" stroke="currentColor"/>`;
  });
  return `<svg viewBox="0 0 16 16" width="16" height="16">${panes.join("")}</svg>`;
}
