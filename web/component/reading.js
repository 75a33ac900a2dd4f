/** One case being read, or a reading being corrected: the pictures, the form, the clock, and what is sent. */
class Reading {
  #address;
  #go;
  #page;
  #form;
  #clock;
  #sender;
  #view;
  #viewer;
  #drawing = null;
  #beside = null;
  #parts;
  #listening = new AbortController();
  #ticking;
  #committing = false;
  #closed = false;

  /** `page`: the answer of GET `address`. `go.next(assignment)`, `go.leave()`: to another case, or the worklist;
   * `go.correct()`: open the reading once more. */
  constructor(root, address, page, go) {
    this.#address = address;
    this.#go = go;
    this.#page = page;
    this.#form = page.draft?.form ?? EMPTY_FORM;
    this.#clock = new ReadingClock(() => performance.now(), page.draft ?? {});
    this.#sender = new Sender({
      address,
      ticket: page.ticket,
      sequence: page.draft?.sequence ?? 0,
      say: () => ({ form: this.#form, ...this.#clock.times, client_ms: performance.now() }),
      notice: (state, sentence) => this.#notice(state, sentence),
      wire: BROWSER_WIRE,
    });
    this.#parts = layOut(root, page, {
      pause: () => this.#pause(),
      keys: () => this.#help(),
      commit: () => this.#commit(),
      leave: go.leave,
      reason: () => this.#show(),
    });
    const change = (form) => this.#change(form);
    this.#view = new FormView(this.#parts.discs, page.questions, change);
    this.#viewer = new Viewer(this.#parts.pictures, page.series, (number) => `${address}/series/${number}`);
    this.#viewer.ontouch = () => this.#view.disarm();
    if (page.questions.boxes) {
      this.#drawing = new Drawing(this.#parts.discs, this.#viewer, this.#view, page.questions, change);
    }
    this.#showBeside();
    this.#listen(root);
    this.#show();
    if (!page.committed) this.#sender.event("opened");
    this.#ticking = setInterval(() => this.#tick(), 1000);
    this.#tick();
  }

  /** Without a last draft where the case is committed. */
  close(committed = false) {
    if (this.#closed) return;
    this.#closed = true;
    if (!committed) this.#sender.leave();
    this.#sender.close();
    this.#listening.abort();
    this.#viewer.close();
    clearInterval(this.#ticking);
  }

  #listen(root) {
    const { signal } = this.#listening;
    // Before Streamlit, which has keys of its own on the document.
    window.addEventListener("keydown", (event) => this.#key(event, root), { signal, capture: true });
    for (const name of ["pointermove", "pointerdown", "wheel", "keydown"]) {
      window.addEventListener(name, () => this.#clock.input(), { signal, capture: true, passive: true });
    }
    document.addEventListener("visibilitychange", () => this.#visible(), { signal });
    window.addEventListener("pagehide", () => this.#sender.leave(), { signal });
  }

  #visible() {
    this.#clock.hidden = document.hidden;
    if (document.hidden) this.#sender.draftNow();
  }

  #key(event, root) {
    const target = event.composedPath()[0];
    const ours = target === document.body || root.contains(target);
    if (!ours || this.#committing) return;
    if (!event.ctrlKey && !event.metaKey) event.stopPropagation();
    const typing = target.matches("input, textarea, select");
    if (typing && ["Escape", "Enter"].includes(event.key)) target.blur();
    const pressing = target.matches("button, a") && ["Enter", " "].includes(event.key);
    if ((typing && !event.ctrlKey) || pressing) return;
    if (this.#does(event)) event.preventDefault();
  }

  /** Whether the key was one of the page's, the form's or the pictures', in this order. */
  #does(event) {
    const command = commandOf(event);
    if (this.#clock.paused && command !== "pause") return false;
    if (command === "pause") this.#pause();
    else if (command === "commit") this.#commit();
    else if (command === "keys" || (event.key === "Escape" && !this.#parts.help.hidden)) this.#help();
    else if (event.key === "Escape") this.#view.disarm();
    else return this.#drawing?.key(event) || this.#view.key(event) || this.#viewer.key(event);
    return true;
  }

  #change(form) {
    this.#form = form;
    this.#sender.draft();
    this.#show();
  }

  #show() {
    this.#drawing?.show(this.#form);
    this.#view.show(this.#form);
    this.#beside?.compare(this.#form);
    const missing = missingOf(this.#form, this.#page.questions);
    this.#parts.missing.replaceChildren(...missingTogether(missing));
    this.#parts.commit.disabled = !this.#complete || this.#committing;
  }

  get #complete() {
    const said = !this.#page.committed || this.#parts.reason.value.trim() !== "";
    return said && missingOf(this.#form, this.#page.questions).length === 0;
  }

  #tick() {
    const { active_ms, idle_ms } = this.#clock.times;
    this.#parts.active.textContent = minutes(active_ms);
    this.#parts.idle.textContent = idle_ms < 1000 ? "" : `idle ${minutes(idle_ms)}`;
  }

  #pause() {
    this.#clock.paused = !this.#clock.paused;
    this.#parts.curtain.hidden = !this.#clock.paused;
    this.#parts.pause.textContent = this.#clock.paused ? "Go on" : "Pause";
    this.#sender.event(this.#clock.paused ? "paused" : "resumed");
  }

  #help() {
    this.#parts.help.hidden = !this.#parts.help.hidden;
  }

  #notice(state, sentence = "") {
    const [colour, text] = NOTICES[state] ?? ["error", sentence];
    this.#parts.notice.className = `notice ${colour}`;
    this.#parts.notice.textContent = text;
    this.#parts.notice.title = text;
  }

  async #commit() {
    if (!this.#complete || this.#committing) return;
    const { commit, reason } = this.#parts;
    const words = commit.textContent;
    this.#committing = true;
    commit.textContent = "Sending…";
    this.#show();
    try {
      const { next } = await (this.#page.committed
        ? this.#sender.commit("correct", { reason: reason.value })
        : this.#sender.commit());
      this.close(true);
      showDone(this.#parts, next, this.#go);
    } catch {
      // The sentence of the refusal stands in the notice.
      this.#committing = false;
      commit.textContent = words;
      this.#show();
    }
  }

  /** What the AI, or the experts, say of each disc, beside the form's row of it. */
  #showBeside() {
    const { ai, experts, questions } = this.#page;
    if (!ai && !experts.length) return;
    const { discs, below } = this.#parts;
    this.#beside = new BesideView(discs, below, ai ? "The AI" : "The experts", questions.levels);
    if (ai) this.#fetchAi();
    else showExperts(this.#beside, experts, questions);
  }

  async #fetchAi() {
    try {
      const { result, marks, maps = [] } = await answerOf(`${this.#address}/ai`);
      this.#viewer.marks = marks;
      this.#viewer.maps = maps;
      if (this.#drawing) this.#drawing.showAi(this.#beside, result);
      else if (result.kind === "picture") showAiWithoutLevels(this.#beside, result, (name) => this.#lookAtMark(marks, name));
      else showAi(this.#beside, result, this.#page.questions.levels, (level) => this.#lookAt(marks, level));
      this.#beside.compare(this.#form);
    } catch (error) {
      this.#beside.say("error", [error.message]);
    }
  }

  /** Every pane shows the place that the AI marks of a disc. */
  #lookAt(marks, level) {
    this.#view.moveTo(level);
    this.#lookAtMark(marks, level);
  }

  #lookAtMark(marks, name) {
    const mark = markOf(marks, name);
    if (mark) this.#viewer.lookAtMark(mark);
  }
}
