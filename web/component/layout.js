const ARM_WORDS = {
  "without AI": "Without AI",
  "with AI": "With AI",
  expert: "Reference standard",
  consensus: "Consensus",
};

/** The parts of the reading page that change, by name. `does`: what its buttons and its reason do. */
function layOut(root, page, does) {
  const parts = {
    pictures: element("div", { className: "pictures" }),
    discs: element("div", { className: "discs" }),
    below: element("div", { className: "below" }),
    missing: element("div", { className: "wanted", "aria-live": "polite" }),
    notice: element("span", { className: "notice", role: "status" }),
    active: element("b", { className: "active", title: "Active time" }),
    idle: element("span", { className: "idle muted" }),
    pause: button("", "Pause", does.pause, "P"),
    keys: button("", "Keys", does.keys, "K"),
    commit: button("commit", page.committed ? "Store the correction" : "Commit", does.commit, "Ctrl + Enter"),
    reason: reasonField(page.committed, does.reason),
    curtain: element(
      "div",
      { className: "curtain", hidden: true, onclick: does.pause },
      element("p", { textContent: "Paused. Press P or click to go on." }),
    ),
    help: keysHelp(keysOfThePage(page.questions), does.keys),
  };
  const { notice, idle, active, pause, keys } = parts;
  const head = heading(page, does.leave, notice, idle, active, pause, keys);
  const { pictures, curtain, help } = parts;
  parts.body = element("div", { className: "body" }, pictures, formColumn(page, parts), curtain, help);
  root.replaceChildren(head, parts.body);
  return parts;
}

function heading({ case: name, arm, training }, leave, ...parts) {
  const chips = [element("span", { className: "chip", textContent: ARM_WORDS[arm] ?? arm })];
  if (training) chips.push(element("span", { className: "chip warn", textContent: "Training: does not count" }));
  return element(
    "header",
    {},
    button("back", "‹ My studies", leave),
    element("h2", { textContent: name }),
    ...chips,
    ...parts,
  );
}

function formColumn({ committed }, { discs, below, missing, reason, commit }) {
  const textContent = committed ? "It is kept beside what it corrects." : "A commit is final.";
  const final = element("div", { className: "final" }, commit, element("p", { className: "muted", textContent }));
  return element("div", { className: "form" }, discs, element("footer", {}, reason, missing, final, below));
}

function reasonField(asked, heard) {
  const field = remarkField("textarea", "Why is it corrected?", heard);
  field.setAttribute("aria-label", "Reason");
  return Object.assign(field, { rows: 1, hidden: !asked });
}

/** All keys, over the pictures. */
function keysHelp(keys, close) {
  const groups = keys.map(([title, keys]) => {
    const rows = keys.flatMap(([key, what]) => [
      element("dt", {}, element("kbd", { textContent: key })),
      element("dd", { textContent: what }),
    ]);
    return element("section", {}, element("h3", { textContent: title }), element("dl", {}, ...rows));
  });
  const panel = element("div", { className: "help", role: "dialog", hidden: true, onclick: close }, ...groups);
  panel.setAttribute("aria-label", "Keys");
  return panel;
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

/** After a commit; `next`: the assignment that follows, if any. */
function showDone({ body, notice, pause, keys, idle, active }, next, go) {
  for (const part of [notice, pause, keys, idle, active]) part?.remove();
  const words = next ? "The reading is stored." : "The reading is stored. There is no further case for now.";
  const on = button("commit", next ? "Next case" : "To my studies", () => (next ? go.next(next) : go.leave()));
  const correct = button("back", "Correct this reading", go.correct);
  body.replaceChildren(element("div", { className: "done" }, element("p", { textContent: words }), on, correct));
  on.focus();
}

/** A case that was committed before: what is there of it is its name. */
function showCommitted(root, page, go) {
  const body = element("div", { className: "body" });
  root.replaceChildren(heading(page, go.leave), body);
  showDone({ body }, null, go);
}

/** A case that could not be opened. */
function showFailure(root, sentence, { again, leave }) {
  const words = element("p", { className: "error", role: "alert", textContent: sentence });
  const ways = [button("commit", "Try again", again), button("back", "‹ My studies", leave)];
  root.replaceChildren(element("div", { className: "done" }, words, ...ways));
}

function button(className, textContent, onclick, key = "") {
  return element("button", { type: "button", className, textContent, title: key && `Key: ${key}`, onclick });
}
