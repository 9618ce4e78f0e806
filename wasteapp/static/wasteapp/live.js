// Live: pictures from the camera to the model in its worker, and what it says of them on the sign.
(() => {
  "use strict";

  const page = document.querySelector("[data-live]");
  const view = document.querySelector("camera-view");
  if (!page || !view) return;

  const { Reading, Rate, heat, cameraForm } = window.sortwise;
  const AHEAD = 2; // pictures on their way to the model, so that it never waits for one
  const FIGURES = 250; // milliseconds between two changes of a number that is read

  const part = (name) => page.querySelector(`[data-${name}]`);
  const canvas = view.querySelector(".viewfinder__heat");
  const sight = document.createElement("canvas");
  const brush = sight.getContext("2d", { willReadFrequently: true });
  const rate = new Rate();
  let worker = null;
  let facts = null;
  let reading = null;
  let under = 0;
  let shown = null;
  let written = 0;
  let told = "";

  const say = (state) => {
    page.dataset.state = state;
    for (const each of page.querySelectorAll("[data-when]")) each.hidden = each.dataset.when !== state;
  };

  const fail = (why) => {
    worker?.terminate();
    worker = null;
    canvas.hidden = true;
    view.stop();
    say(why);
  };

  // ---- what is seen ----

  // classifier.preprocessing.model_input: the middle of the picture, squashed to the model's size.
  const look = () => {
    const { height, width, crop = 1 } = facts.input;
    const { videoWidth, videoHeight } = view.video;
    const [left, top] = [videoWidth, videoHeight].map((side) => (side * (1 - crop)) / 2);
    brush.drawImage(view.video, left, top, videoWidth * crop, videoHeight * crop, 0, 0, width, height);
    return brush.getImageData(0, 0, width, height).data;
  };

  const step = () => {
    if (!worker) return;
    if (under < AHEAD && view.running) {
      under += 1;
      const pixels = look();
      worker.postMessage({ pixels }, [pixels.buffer]);
    }
    next();
  };

  const next = () => {
    if (view.video.requestVideoFrameCallback) view.video.requestVideoFrameCallback(step);
    else requestAnimationFrame(step);
  };

  // ---- what is said ----

  const sign = () => {
    if (reading.word === shown) return;
    shown = reading.word;
    page.dataset.label = shown;
    const template = document.getElementById(shown ? `sign-${shown}` : "sign-unsure");
    part("sign").replaceChildren(template.content.cloneNode(true));
    part("answer").className = `answer live__answer ${template.dataset.tone ?? ""}`;
  };

  const figures = (now) => {
    if (now - written < FIGURES) return;
    written = now;
    const percent = Math.min(Math.round(reading.confidence * 100), 99);
    part("rate").textContent = Math.round(rate.perSecond);
    part("percent").textContent = percent;
    part("bar").setAttribute("width", `${percent}%`);
    part("sureness").hidden = reading.unsure;
  };

  const announce = () => {
    if (!reading.steady || reading.word === told) return;
    told = reading.word;
    part("said").textContent = part("sign").textContent.replace(/\s+/g, " ").trim();
  };

  const hear = (answer) => {
    const now = performance.now();
    under -= 1;
    rate.add(now);
    reading.add(answer, now);
    sign();
    figures(now);
    announce();
    canvas.hidden = !part("looks").checked || !answer.evidence || reading.unsure;
    if (!canvas.hidden) heat.paint(canvas, answer, reading.best);
  };

  // ---- beginning ----

  const begin = (given) => {
    facts = given;
    reading = new Reading(facts);
    [sight.width, sight.height] = [facts.input.width, facts.input.height];
    brush.imageSmoothingQuality = "high";
    heat.fit(canvas, facts.input.crop ?? 1);
    part("looks").closest("label").hidden = !facts.outputs.activation_map;
    say("running");
    next();
  };

  const absolute = (name) => new URL(page.dataset[name], location.href).href;

  const start = () => {
    try {
      worker = new Worker(absolute("worker"));
    } catch {
      return fail("unable");
    }
    worker.addEventListener("error", () => fail("unable"));
    worker.addEventListener("message", ({ data }) => {
      if (data.failed) fail(data.failed);
      else if (data.ready) begin(data.ready);
      else hear(data.answer);
    });
    worker.postMessage({
      addresses: Object.fromEntries(
        ["core", "runtime", "wasm", "graph", "facts"].map((name) => [name, absolute(name)]),
      ),
    });
  };

  // ---- keeping ----

  part("keep")?.addEventListener("click", () => {
    if (!view.running) return;
    cameraForm.newKey();
    cameraForm.send(view.draw(document.createElement("canvas")));
  });

  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-another]")) return;
    event.preventDefault();
    window.sortwise.bring(page);
    part("keep")?.focus({ preventScroll: true });
  });

  page.querySelector("[data-once-more]")?.addEventListener("click", () => location.reload());
  say("loading");
  if (typeof WebAssembly === "object" && typeof Worker === "function") start();
  else fail("unable");
})();
