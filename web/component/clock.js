/** Without any input for so long, a reader is idle. */
const IDLE_AFTER_MS = 60_000;

/** Active and idle time of a reading. `now` never goes back: performance.now. */
class ReadingClock {
  #now;
  #counted;
  #lastInput;
  #active;
  #idle;
  #hidden = false;
  #paused = false;

  constructor(now, { active_ms = 0, idle_ms = 0 } = {}) {
    this.#now = now;
    this.#counted = this.#lastInput = now();
    this.#active = active_ms;
    this.#idle = idle_ms;
  }

  input() {
    this.#count();
    this.#lastInput = this.#counted;
  }

  set hidden(hidden) {
    this.input();
    this.#hidden = hidden;
  }

  set paused(paused) {
    this.input();
    this.#paused = paused;
  }

  get paused() {
    return this.#paused;
  }

  /** Milliseconds so far. */
  get times() {
    this.#count();
    return { active_ms: Math.round(this.#active), idle_ms: Math.round(this.#idle) };
  }

  #count() {
    const now = this.#now();
    const idleFrom = this.#hidden || this.#paused ? this.#counted : this.#lastInput + IDLE_AFTER_MS;
    const active = Math.max(0, Math.min(now, idleFrom) - this.#counted);
    this.#active += active;
    this.#idle += now - this.#counted - active;
    this.#counted = now;
  }
}
