// The page with the shutter: live, taken, sent.
(() => {
  "use strict";

  const view = document.querySelector("camera-view");
  if (!view || !window.sortwise?.cameraForm) return;

  const { form, newKey, send } = window.sortwise.cameraForm;
  const still = view.querySelector(".viewfinder__still");
  const said = document.querySelector("[data-said]");
  const button = (name) => document.querySelector(`[data-${name}]`);
  let state = "";

  const go = (next) => {
    state = next;
    for (const row of document.querySelectorAll("[data-when]")) row.hidden = row.dataset.when !== next;
    still.hidden = !["taken", "sent"].includes(next);
    form.hidden = next !== "problem";
  };

  const shoot = () => {
    if (state !== "live" || !view.running) return;
    view.draw(still);
    newKey();
    go("taken");
    said.textContent = said.dataset.taken;
    button("use").focus();
  };

  const use = () => {
    if (state !== "taken") return;
    go("sent");
    document.querySelector("[data-when=sent] button").focus();
    send(still);
  };

  const again = () => {
    said.textContent = "";
    go("live");
    button("shoot").focus();
  };

  button("shoot").addEventListener("click", shoot);
  button("use").addEventListener("click", use);
  for (const each of document.querySelectorAll("[data-again]")) each.addEventListener("click", again);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-another]")) return;
    event.preventDefault();
    if (state === "problem") form.querySelector("input[type=file]").click();
    else if (state !== "starting") again();
  });
  view.video.addEventListener("click", shoot);

  document.addEventListener("keydown", (event) => {
    const elsewhere = event.target.closest("a, button, input, select, textarea, summary, label");
    if (elsewhere || event.repeat || event.ctrlKey || event.metaKey || event.altKey) return;
    if (state === "live" && (event.key === " " || event.key === "Enter")) {
      event.preventDefault();
      event.stopImmediatePropagation(); // enter confirms an answer, too
      shoot();
    }
  });

  // A photograph that is being looked at stays while the camera comes and goes.
  view.addEventListener("camera:live", () => {
    if (!["taken", "sent"].includes(state)) go("live");
  });
  view.addEventListener("camera:problem", () => {
    if (!["taken", "sent"].includes(state)) go("problem");
  });
  document.addEventListener("camera:chosen", newKey);
  document.addEventListener("camera:lost", () => {
    if (state === "sent") go("taken");
  });
  go(view.dataset.state); // what it told before this script was there
})();
