/** A pointer that moved no further has clicked (CSS pixels). */
const CLICK_REACH = 4;
const DRAGS = { 0: "window", 1: "pan", 2: "zoom" };

/** What pointer and wheel do on a picture. `hears`: touch() at any of them; step(slices); zoom(place, factor);
 * pan(right, below); window(right, below); look(place); fill(); grab(place, event), which returns who has the pointer
 * from then on, {move(place), end(place)}, or null. Places and ways are CSS pixels of the surface. */
function listenToPointer(surface, hears, signal) {
  const wheel = new WheelSteps();
  surface.addEventListener("wheel", (event) => {
    event.preventDefault();
    hears.touch();
    if (event.ctrlKey) hears.zoom(placeOf(surface, event), 1.0015 ** -pixelsOf(event));
    else hears.step(wheel.take(event));
  }, { signal, passive: false });
  surface.addEventListener("pointerdown", (event) => {
    hears.touch();
    surface.setPointerCapture(event.pointerId);
    followPointer(surface, event, hears);
  }, { signal });
  surface.addEventListener("dblclick", () => hears.fill(), { signal });
  surface.addEventListener("contextmenu", (event) => event.preventDefault(), { signal });
  // The middle button would scroll the page.
  surface.addEventListener("mousedown", (event) => event.button === 1 && event.preventDefault(), { signal });
}

/** Until the pointer is let go. */
function followPointer(surface, down, hears) {
  const start = placeOf(surface, down);
  const grabbed = hears.grab(start, down);
  const drag = down.button === 0 && down.shiftKey ? "pan" : DRAGS[down.button];
  const done = new AbortController();
  let last = start;
  let moved = false;
  const move = (event) => {
    if (event.pointerId !== down.pointerId) return;
    const place = placeOf(surface, event);
    const [right, below] = [place[0] - last[0], place[1] - last[1]];
    moved ||= Math.hypot(place[0] - start[0], place[1] - start[1]) >= CLICK_REACH;
    if (!grabbed && !moved) return;
    last = place;
    if (grabbed) grabbed.move(place);
    else if (drag === "zoom") hears.zoom(start, 1.01 ** -below);
    else if (drag) hears[drag](right, below);
  };
  const end = (event) => {
    if (event.pointerId !== down.pointerId) return;
    done.abort();
    if (grabbed) grabbed.end(placeOf(surface, event));
    else if (!moved && drag === "window" && event.type === "pointerup") hears.look(start);
  };
  surface.addEventListener("pointermove", move, { signal: done.signal });
  for (const name of ["pointerup", "pointercancel"]) surface.addEventListener(name, end, { signal: done.signal });
}

function placeOf(surface, event) {
  const { left, top } = surface.getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
}

/** How far a wheel was turned; a notch is about 100. */
function pixelsOf(event) {
  return event.deltaMode === 0 ? event.deltaY : 33 * event.deltaY;
}

/** A wheel's notch is one slice; the many small steps of a touch pad add up to slices. */
class WheelSteps {
  #rest = 0;

  take(event) {
    const pixels = pixelsOf(event);
    if (Math.abs(pixels) >= 60) {
      this.#rest = 0;
      return Math.round(pixels / 110) || Math.sign(pixels);
    }
    this.#rest += pixels / 40;
    const steps = Math.trunc(this.#rest);
    this.#rest -= steps;
    return steps;
  }
}
