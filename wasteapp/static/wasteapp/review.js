// Reviewing without waiting: the next photograph is there at once, and what was said is sent behind it until it arrives.
(() => {
  "use strict";

  const deck = document.querySelector("[data-deck]");
  if (!deck) return;

  const place = deck.querySelector("[data-place]");
  const tools = deck.querySelector("[data-tools]");
  const warning = document.querySelector("[data-problem]");
  const WAITS = [1, 2, 4, 8, 15]; // seconds until it is sent again
  const LONGEST = 15_000; // milliseconds that an answer may take
  const KEPT = 20; // cards that one can go back to without asking the server

  const copy = (template) => document.importNode(template.content, true).firstElementChild;
  // Once it is copied a photograph loads, although it is not shown yet.
  const ahead = [...document.querySelectorAll("template[data-ahead]")].map(copy);
  const behind = [];
  const outbox = [];
  let current = place.querySelector("[data-card]");
  let sending = false;

  const show = (card) => {
    current = card;
    place.replaceChildren(card ?? copy(document.querySelector("[data-coming]")));
    place.querySelector("[data-heading]").focus({ preventScroll: true });
    deck.scrollIntoView({ block: "nearest" });
    tools.hidden = !behind.length && !("first" in tools.dataset);
  };

  const warn = (nodes) => {
    warning.replaceChildren(...nodes);
    warning.hidden = !nodes.length;
  };

  const said = (card, button) => {
    for (const each of card.querySelectorAll("[aria-pressed]")) each.setAttribute("aria-pressed", each === button);
  };

  const next = () => {
    behind.push(current);
    behind.splice(0, behind.length - KEPT);
    show(ahead.shift());
  };

  const previous = () => {
    if (current) ahead.unshift(current);
    show(behind.pop());
  };

  const taken = (page) => {
    document.querySelector("[data-progress]").replaceWith(document.importNode(page.querySelector("[data-progress]"), true));
    const problem = page.querySelector("p[data-problem]");
    warn(problem ? [...document.importNode(problem, true).childNodes] : []);
    ahead.push(...[...page.querySelectorAll("template[data-ahead]")].map(copy));
    if (current) return;
    if (ahead.length) show(ahead.shift());
    else if (!outbox.length) location.assign(deck.dataset.deck);
  };

  // Null where nobody answered, or somebody in between; then it is sent again.
  const post = async ({ action, data }) => {
    const cards = [...behind, current, ...ahead].filter(Boolean);
    data.set("have", cards.map((card) => card.dataset.card).join());
    try {
      const answer = await fetch(action, { method: "POST", body: data, signal: AbortSignal.timeout(LONGEST) });
      return answer.status >= 500 || answer.status === 429 ? null : answer;
    } catch {
      return null;
    }
  };

  const pause = (tries) => new Promise((done) => setTimeout(done, 1000 * WAITS[Math.min(tries, WAITS.length - 1)]));

  const send = async () => {
    if (sending) return;
    sending = true;
    for (let tries = 0; outbox.length; ) {
      const answer = await post(outbox[0]);
      if (!answer) {
        warn([...document.importNode(document.querySelector("[data-unsent]").content, true).childNodes]);
        await pause(tries++);
        continue;
      }
      const page = document.createElement("template");
      page.innerHTML = await answer.text();
      outbox.shift();
      tries = 0;
      // Anything but a part of this page: the session ended, or the role was taken away.
      if (answer.redirected || !page.content.querySelector("[data-progress]")) return leave();
      taken(page.content);
    }
    sending = false;
  };

  const leave = () => {
    outbox.length = 0;
    location.reload();
  };

  const queue = (action, data) => {
    outbox.push({ action, data });
    send();
  };

  const undo = (form) => {
    const card = behind.at(-1);
    if (!card) return false;
    said(card, null);
    queue(card.dataset.undo, new FormData(form));
    previous();
    return true;
  };

  deck.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.matches("[data-undo]")) {
      if (undo(form)) event.preventDefault();
      return;
    }
    event.preventDefault();
    said(current, event.submitter);
    queue(form.action, new FormData(form, event.submitter));
    next();
  });

  deck.addEventListener("click", (event) => {
    const link = event.target.closest("[data-back]");
    if (!link || !behind.length) return;
    event.preventDefault();
    previous();
  });

  window.addEventListener("beforeunload", (event) => {
    if (outbox.length) event.preventDefault();
  });
})();
