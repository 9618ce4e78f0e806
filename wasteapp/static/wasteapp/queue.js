// The photographs of this visit: each a row with its progress, its answer or the reason of its refusal.
(() => {
  "use strict";

  const AT_ONCE = 3;
  const TRIES = 6; // without an answer; then a person decides
  const LONGEST = 30_000; // milliseconds between two tries

  const form = document.querySelector("form[data-upload]");
  const list = document.getElementById("queue");
  if (!form || !list) return;

  const template = document.getElementById("queue-row");
  const skeleton = document.getElementById("answer-skeleton");
  const sum = document.getElementById("queue-sum");
  const lost = document.getElementById("queue-lost");
  const announcer = document.getElementById("announcer");

  const uploads = [];
  const waiting = [];
  let running = 0;
  let failures = 0;
  let rest;

  const filled = (words, values) => words.replace(/{(\w+)}/g, (_, name) => values[name]);

  const open = (upload, isOpen) => {
    for (const other of uploads) {
      const shown = other === upload && isOpen;
      other.panel.hidden = !shown;
      other.head.setAttribute("aria-expanded", shown);
    }
  };

  const say = (upload, state, words) => {
    upload.row.dataset.state = state;
    upload.words.textContent = words ?? upload.words.dataset[state];
    upload.progress.hidden = state !== "sending";
    upload.again.hidden = state !== "again";
  };

  // What the answer says in a line, beside its thumbnail.
  const sumUp = (upload) => {
    const brief = upload.panel.querySelector("template[data-brief]");
    if (!brief) return;
    upload.row.dataset.state = brief.dataset.brief;
    upload.words.replaceChildren(brief.content.cloneNode(true));
    if (brief.dataset.thumbnail) {
      upload.picture.src = brief.dataset.thumbnail;
      upload.picture.hidden = false;
    }
  };

  const answered = (upload, section) => {
    upload.panel.replaceChildren(section);
    upload.head.disabled = false;
    say(upload, "done", "");
    sumUp(upload);
    window.htmx.process(section);
  };

  // "again": the person may try it again; "refused": it would only be refused again.
  const stop = (upload, state, words) => {
    upload.panel.replaceChildren();
    open(upload, false);
    say(upload, state, words);
    announcer.textContent = `${upload.file.name}: ${upload.words.textContent}`;
  };

  const goOn = () => {
    clearTimeout(rest);
    rest = undefined;
    pump();
  };

  const noAnswer = (upload) => {
    if (navigator.onLine) upload.tries += 1;
    if (upload.tries >= TRIES) {
      stop(upload, "again");
    } else {
      waiting.unshift(upload);
      say(upload, "lost");
    }
    lost.hidden = false;
    if (rest) return;
    rest = setTimeout(goOn, Math.min(1000 * 2 ** failures, LONGEST) * (0.75 + Math.random() / 2));
    failures += 1;
  };

  const judge = (upload, { status, text }) => {
    const whole = /^<!doctype/i.test(text);
    const page = new DOMParser().parseFromString(text, "text/html");
    const section = whole ? null : page.querySelector("section.answer");
    if (!status || (status >= 500 && !section)) return noAnswer(upload);
    failures = 0;
    lost.hidden = true;
    if (status === 413) return stop(upload, "refused", upload.words.dataset.large);
    if (!section) return stop(upload, "again", upload.words.dataset.leave);
    if (status >= 400) {
      const reason = section.querySelector(".sign__bin").textContent;
      return stop(upload, status === 429 || status >= 500 ? "again" : "refused", reason);
    }
    answered(upload, document.adoptNode(section));
    if (upload.alone) announcer.textContent = page.getElementById("announcer")?.textContent ?? "";
  };

  const work = async (upload) => {
    say(upload, "preparing");
    upload.sent ??= await window.sortwise.shrink(upload.file);
    if (upload.sent.size > Number(form.dataset.limitMb) * 1e6) {
      return stop(upload, "refused", upload.words.dataset.large);
    }
    say(upload, "sending");
    upload.progress.value = 0;
    const what = { file: upload.sent, name: upload.file.name, key: upload.key };
    judge(
      upload,
      await window.sortwise.send(form, what, (percent) => {
        upload.progress.value = percent;
        if (percent === 100) say(upload, "looking");
      }),
    );
  };

  const tally = () => {
    const count = (...states) => uploads.filter(({ row }) => states.includes(row.dataset.state)).length;
    const refused = count("refused", "again");
    const taken = uploads.filter(({ head }) => !head.disabled).length;
    sum.hidden = uploads.length < 2;
    sum.textContent = filled(sum.dataset.taken, { taken, total: uploads.length });
    if (refused) sum.textContent += ` ${filled(sum.dataset.refused, { refused })}`;
    if (!running && !waiting.length && uploads.length > 1) announcer.textContent = sum.textContent;
  };

  function pump() {
    while (running < AT_ONCE && !rest && waiting.length) {
      running += 1;
      work(waiting.shift()).finally(() => {
        running -= 1;
        pump();
        tally();
      });
    }
  }

  const tryAgain = (upload) => {
    upload.tries = 0;
    say(upload, "waiting");
    waiting.push(upload);
  };

  const tryAllAgain = () => {
    uploads.filter(({ row }) => row.dataset.state === "again").forEach(tryAgain);
    goOn();
  };

  const newUpload = (file, alone) => {
    const row = template.content.firstElementChild.cloneNode(true);
    const part = (name) => row.querySelector(`.queue__${name}`);
    const upload = { file, alone, row, key: window.sortwise.newKey(), tries: 0 };
    for (const name of ["head", "panel", "words", "progress", "again", "picture"]) upload[name] = part(name);
    upload.panel.id = `queue-panel-${uploads.length}`;
    upload.head.setAttribute("aria-controls", upload.panel.id);
    part("name").textContent = file.name;
    upload.progress.setAttribute("aria-label", `${upload.progress.getAttribute("aria-label")}: ${file.name}`);
    // HEIC and the like: the server reads them, the browser may not.
    upload.picture.addEventListener("error", () => (upload.picture.hidden = true));
    upload.picture.addEventListener("load", () => URL.revokeObjectURL(upload.picture.src));
    upload.picture.src = URL.createObjectURL(file);
    upload.head.addEventListener("click", () => open(upload, upload.panel.hidden));
    upload.again.addEventListener("click", () => {
      tryAgain(upload);
      goOn();
    });
    say(upload, "waiting");
    return upload;
  };

  const add = (files) => {
    const added = Array.from(files, (file) => newUpload(file, files.length === 1));
    uploads.push(...added);
    waiting.push(...added);
    list.prepend(...added.map(({ row }) => row));
    list.hidden = false;
    document.getElementById("queue-empty")?.remove();
    if (added.length === 1) {
      added[0].panel.replaceChildren(skeleton.content.cloneNode(true));
      open(added[0], true);
    } else {
      open(null, false);
    }
    tally();
    goOn();
    window.sortwise.bringUp(list);
  };

  // An answer came later, or was corrected.
  list.addEventListener("htmx:afterSettle", () => uploads.forEach(sumUp));
  lost.querySelector("button").addEventListener("click", tryAllAgain);
  window.addEventListener("online", tryAllAgain);
  window.addEventListener("beforeunload", (event) => {
    if (running || waiting.length) event.preventDefault();
  });

  window.sortwise = { ...window.sortwise, add };
})();
