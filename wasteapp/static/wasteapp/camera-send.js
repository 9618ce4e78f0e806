// The form that sends what a camera took: a canvas becomes its file; the answer comes into #result.
(() => {
  "use strict";

  const form = document.querySelector("form[data-send]");
  if (!form || !window.htmx) return;

  const input = form.querySelector("input[type=file]");
  const key = form.querySelector("[name=key]");
  const result = document.getElementById("result");
  const earlier = document.getElementById("earlier");
  const copyOf = (id) => document.getElementById(id).content.cloneNode(true);

  input.addEventListener("change", () => {
    if (!input.files.length) return;
    form.dispatchEvent(new CustomEvent("camera:chosen", { bubbles: true }));
    form.requestSubmit();
  });

  // Answers stay on the page, the newest above: what they ask may still be said.
  form.addEventListener("htmx:beforeRequest", () => {
    earlier.prepend(...result.querySelectorAll(".answer[id]"));
    result.replaceChildren(copyOf("answer-skeleton"));
  });

  const lost = () => {
    result.replaceChildren(copyOf("no-answer"));
    form.dispatchEvent(new CustomEvent("camera:lost", { bubbles: true }));
  };
  form.addEventListener("htmx:sendError", lost);
  form.addEventListener("htmx:responseError", lost);

  result.addEventListener("htmx:afterSettle", () => window.sortwise.bringUp(result));

  const fileOf = async (canvas) => {
    const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.92));
    return new File([blob], "camera.jpg", { type: blob.type });
  };

  // Each photograph has a key, so that sending it again after an answer was lost makes no second one.
  const newKey = () => {
    key.value = window.sortwise.newKey();
  };

  const send = async (canvas) => {
    const transfer = new DataTransfer();
    transfer.items.add(await fileOf(canvas));
    input.files = transfer.files;
    form.requestSubmit();
  };

  window.sortwise = { ...window.sortwise, cameraForm: { form, newKey, send } };
})();
