const DRAFT_AFTER_MS = 300;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 8_000;

const NO_ANSWER = "The server does not answer. Try again in a moment.";

/** What the server answers to GET, or to `content` that is posted; throws its sentence where it refuses, or where it
 * does not answer. */
async function answerOf(address, content = null) {
  const options = { credentials: "same-origin", ...(content ? posted(JSON.stringify(content)) : {}) };
  const response = await fetch(address, options).catch(() => null);
  if (!response) throw new Error(NO_ANSWER);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(asSentence(answer.error ?? "the server failed; try again"));
  return answer;
}

function posted(body) {
  return { method: "POST", body, headers: { "Content-Type": "application/json" } };
}

/** With a capital and a full stop. */
function asSentence(text) {
  const said = text.replace(/\.$/, "");
  return `${said.charAt(0).toUpperCase()}${said.slice(1)}.`;
}

/** A UUID; crypto.randomUUID is there on encrypted pages alone. */
function randomUuid() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const text = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return text.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** What a page shows of what its Sender says: a colour and words. */
const NOTICES = {
  saving: ["", "Saving…"],
  saved: ["good", "Saved"],
  away: ["warn", "The server does not answer. Your entries are kept here and sent again; do not close this page."],
  "signed out": ["warn", "Your session has ended. Sign in again in another tab; this page then goes on by itself."],
};

/** Sends what a page has to say of one assignment, in order, until the server has answered each message.
 *
 * `say` makes a message's form and times when it is queued; `notice(state, sentence)` hears how it goes:
 * "saving", "saved", "away" (no answer: it is tried again), "signed out", "refused". `wire` is fetch, beacon and
 * sleep, so that a test may be the network.
 */
class Sender {
  #address;
  #ticket;
  #sequence;
  #say;
  #notice;
  #wire;
  #queue = [];
  #draftTimer = null;
  #busy = false;
  #closed = false;

  constructor({ address, ticket, sequence, say, notice, wire }) {
    this.#address = address;
    this.#ticket = ticket;
    this.#sequence = sequence;
    this.#say = say;
    this.#notice = notice;
    this.#wire = wire;
  }

  /** Keep a draft soon; one message for a burst of changes. */
  draft() {
    clearTimeout(this.#draftTimer);
    this.#notice("saving");
    this.#draftTimer = setTimeout(() => this.draftNow(), DRAFT_AFTER_MS);
  }

  /** Keep a draft now. */
  draftNow() {
    this.#forgetDraft();
    this.event("draft");
  }

  event(kind) {
    this.#queue.push(this.#message("events", { kind }));
    this.#work();
  }

  /** Commit, or `correct` with its `reason`: ends with the server's answer, however long that takes; throws its
   * sentence where it refuses. */
  commit(path = "commit", content = {}) {
    this.#forgetDraft();
    const message = this.#message(path, content);
    const answered = new Promise((resolve, reject) => Object.assign(message, { resolve, reject }));
    this.#queue.push(message);
    this.#work();
    return answered;
  }

  /** Try no more: the page is gone. */
  close() {
    this.#closed = true;
  }

  /** The page goes: hand the browser what is left, and how long it took. Sent again if the page comes back:
   * ids tell. */
  leave() {
    this.#forgetDraft();
    this.#queue.push(this.#message("events", { kind: "draft" }));
    for (const message of this.#upToDate()) {
      this.#wire.beacon(`${this.#address}/${message.path}`, this.#body(message));
    }
  }

  #forgetDraft() {
    clearTimeout(this.#draftTimer);
    this.#draftTimer = null;
  }

  #message(path, content) {
    this.#sequence += 1;
    return { path, content: { ...content, id: randomUuid(), sequence: this.#sequence, ...this.#say() } };
  }

  #body(message) {
    return JSON.stringify({ ...message.content, ticket: this.#ticket });
  }

  /** The queue without drafts that a later message makes needless: each carries the whole form. */
  #upToDate() {
    const last = this.#queue.length - 1;
    this.#queue = this.#queue.filter(({ content }, index) => content.kind !== "draft" || index === last);
    return this.#queue;
  }

  async #work() {
    if (this.#busy) return;
    this.#busy = true;
    let wait = FIRST_WAIT_MS;
    while (this.#upToDate().length && !this.#closed) {
      const message = this.#queue[0];
      const { status, answer } = await this.#post(message);
      if (status === 0 || status >= 500 || status === 401 || status === 429) {
        this.#notice(status === 401 ? "signed out" : "away");
        await this.#wire.sleep(wait);
        wait = Math.min(2 * wait, LONGEST_WAIT_MS);
        continue;
      }
      wait = FIRST_WAIT_MS;
      this.#queue = this.#queue.filter((other) => other !== message);
      this.#settle(message, status, answer);
    }
    this.#busy = false;
  }

  #settle(message, status, answer) {
    if (status < 300) {
      if (!this.#queue.length && this.#draftTimer === null) this.#notice("saved");
      message.resolve?.(answer);
    } else {
      this.#notice("refused", asSentence(answer.error));
      message.reject?.(new Error(asSentence(answer.error)));
    }
  }

  /** A ticket is of one session: after signing in again, a fresh one is asked for once. */
  async #post(message) {
    const first = await this.#request(`${this.#address}/${message.path}`, this.#body(message));
    if (first.status !== 403) return first;
    const page = await this.#request(this.#address);
    if (page.status !== 200 || page.answer.ticket === this.#ticket) return page.status === 200 ? first : page;
    this.#ticket = page.answer.ticket;
    return this.#request(`${this.#address}/${message.path}`, this.#body(message));
  }

  async #request(address, body) {
    const post = body ? { ...posted(body), keepalive: true } : {};
    try {
      const response = await this.#wire.fetch(address, { credentials: "same-origin", ...post });
      const answer = await response.json().catch(() => ({ error: "the server failed; try again" }));
      return { status: response.status, answer };
    } catch {
      return { status: 0, answer: null };
    }
  }
}

const BROWSER_WIRE = {
  fetch: (address, options) => fetch(address, options),
  beacon: (address, body) => navigator.sendBeacon(address, new Blob([body], { type: "application/json" })),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};
