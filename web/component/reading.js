const NOTICES = {
  saving: ["", "Saving…"],
  saved: ["good", "Saved"],
  away: ["warn", "The server does not answer. Your entries are kept here and sent again; do not close this page."],
  "signed out": ["warn", "Your session has ended. Sign in again in another tab; this page then goes on by itself."],
};
const ARM_WORDS = {
  "without AI": "Without AI",
  "with AI": "With AI",
  expert: "Reference standard",
  consensus: "Consensus",
};

/** One case being read, or a reading being corrected: the pictures, the form, the clock, and what is sent. */
class Reading {
  #address;
  #go;
  #page;
  #form;
  #clock;
  #sender;
  #view;
  #parts;
  #listening = new AbortController();
  #closePanes = () => {};
  #ticking;
  #committing = false;
  #closed = false;

  /** `page`: the answer of GET `address`. `go.next(assignment)`: go on to it, or to the worklist where null;
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
      commit: () => this.#commit(),
      leave: () => go.next(null),
      reason: () => this.#show(),
    });
    this.#view = new FormView(this.#parts.discs, page.questions, (form) => this.#change(form));
    this.#closePanes = showPanes(this.#parts.panes, page.series, (number) => `${address}/series/${number}`);
    this.#listen(root);
    this.#show();
    if (!page.committed) this.#sender.event("opened");
    if (page.ai) this.#fetchAi();
    if (page.experts.length) showExperts(this.#parts.beside, page.experts, page.questions);
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
    this.#closePanes();
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
    const typing = target.matches("input, textarea");
    const pressing = target.matches("button, a") && ["Enter", " "].includes(event.key);
    const action = (typing && !event.ctrlKey) || pressing ? null : actionOf(event, this.#page.questions);
    if (!action || (this.#clock.paused && action.command !== "pause")) return;
    event.preventDefault();
    if (action.change) this.#change(action.change(this.#form, this.#view.level));
    if (action.move) this.#view.moveBy(action.move);
    if (action.command === "pause") this.#pause();
    if (action.command === "commit") this.#commit();
  }

  #change(form) {
    this.#form = form;
    this.#sender.draft();
    this.#show();
  }

  #show() {
    this.#view.show(this.#form);
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

  #notice(state, sentence = "") {
    const [colour, text] = NOTICES[state] ?? ["error", sentence];
    this.#parts.notice.className = `notice ${colour}`;
    this.#parts.notice.textContent = text;
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

  async #fetchAi() {
    const { beside } = this.#parts;
    try {
      const response = await fetch(`${this.#address}/ai`, { credentials: "same-origin" });
      const answer = await response.json();
      if (!response.ok) throw new Error(answer.error);
      showAi(beside, answer, this.#page.questions.levels);
    } catch (error) {
      beside.hidden = false;
      beside.replaceChildren(element("p", { className: "notice error", textContent: error.message }));
    }
  }
}

/** "L4-L5: slip" and its like, the discs together of which the same is missing. */
function missingTogether(missing) {
  if (!missing.length) return [element("p", { className: "good", textContent: "Everything is filled in." })];
  const words = groupBy(missing.map((text) => text.split(": ")), ([level]) => level);
  const levels = groupBy(words, ([, all]) => all.map(([, word]) => word).join(", "));
  return Array.from(levels, ([what, same]) => {
    const where = element("b", { textContent: same.map(([level]) => level).join(", ") });
    return element("p", {}, "Missing for ", where, `: ${what}`);
  });
}

/** The parts of the page that change, by name. */
function layOut(root, page, { pause, commit, leave, reason }) {
  const part = (tag, className, properties = {}) => element(tag, { className, ...properties });
  const parts = {
    panes: part("div", "panes"),
    discs: part("div", "discs"),
    beside: part("aside", "beside", { hidden: true }),
    missing: part("div", "missing", { "aria-live": "polite" }),
    notice: part("span", "notice", { role: "status" }),
    active: part("b", "active", { title: "Active time" }),
    idle: part("span", "muted"),
    pause: part("button", "", { type: "button", textContent: "Pause", title: "P", onclick: pause }),
    commit: part("button", "commit", {
      type: "button",
      textContent: page.committed ? "Store the correction" : "Commit",
      title: "Ctrl + Enter",
      onclick: commit,
    }),
    reason: part("textarea", "remark", {
      rows: 2,
      maxLength: 2000,
      placeholder: "Why is it corrected?",
      hidden: !page.committed,
      oninput: reason,
    }),
    curtain: part("div", "curtain", { hidden: true, onclick: pause }),
  };
  parts.curtain.append(element("p", { textContent: "Paused. Press P or click to go on." }));
  const head = element(
    "header",
    {},
    part("button", "back", { type: "button", textContent: "‹ My studies", onclick: leave }),
    element("h2", { textContent: page.case }),
    part("span", "chip", { textContent: ARM_WORDS[page.arm] ?? page.arm }),
    ...(page.training ? [part("span", "chip warn", { textContent: "Training: does not count" })] : []),
    parts.notice,
    parts.idle,
    parts.active,
    parts.pause,
  );
  parts.reason.setAttribute("aria-label", "Reason");
  const words = page.committed ? "It is kept beside what it corrects." : "A commit is final.";
  const final = element("div", { className: "final" }, part("p", "muted", { textContent: words }), parts.commit);
  const foot = element("footer", {}, parts.missing, parts.reason, final);
  parts.form = element("div", { className: "form" }, parts.discs, foot);
  parts.body = element("div", { className: "body" }, parts.panes, parts.form, parts.beside, parts.curtain);
  root.replaceChildren(head, parts.body);
  return parts;
}

function showDone({ body, notice, pause, idle, active }, next, go) {
  for (const part of [notice, pause, idle, active]) part?.remove();
  const words = next ? "The reading is stored." : "The reading is stored. There is no further case for now.";
  const on = button("commit", next ? "Next case" : "To my studies", () => go.next(next));
  const correct = button("back", "Correct this reading", go.correct);
  body.replaceChildren(element("div", { className: "done" }, element("p", { textContent: words }), on, correct));
  on.focus();
}

function button(className, textContent, onclick) {
  return element("button", { type: "button", className, textContent, onclick });
}

/** A case that was committed before: what is there of it is its name. */
function showCommitted(root, page, go) {
  const body = element("div", { className: "body" });
  root.replaceChildren(element("header", {}, element("h2", { textContent: page.case })), body);
  showDone({ body }, null, go);
}

/** Called by Streamlit when the page is made, and with the next assignment. */
export default function ({ data, parentElement, setTriggerValue }) {
  const root = parentElement.querySelector(".reading");
  const address = `${data.base}/api/assignments/${encodeURIComponent(data.assignment)}`;
  let reading = null;
  let gone = false;
  const go = {
    next: (assignment) => setTriggerValue("go", { assignment }),
    correct: () => open(true),
  };
  async function open(correcting) {
    try {
      const response = await fetch(address, { credentials: "same-origin" });
      const page = await response.json();
      if (!response.ok) throw new Error(page.error);
      if (gone) return;
      if (page.committed && !correcting) showCommitted(root, page, go);
      else reading = new Reading(root, address, page, go);
    } catch (error) {
      if (!gone) root.replaceChildren(element("p", { className: "notice error", textContent: error.message }));
    }
  }
  open(false);
  return () => {
    gone = true;
    reading?.close();
  };
}
