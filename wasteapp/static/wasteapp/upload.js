// The upload card: drop, paste or choose a photograph; it is shown and sent at once, with progress.
(() => {
  "use strict";

  const form = document.querySelector("form[data-upload]");
  if (!form || !window.htmx) return;

  const input = form.querySelector("input[type=file]");
  const drop = form.querySelector(".drop");
  const preview = form.querySelector(".drop__preview");
  const name = form.querySelector(".drop__name");
  const progress = form.querySelector("progress");
  const result = document.getElementById("result");

  document.documentElement.classList.add("js");

  const copyOf = (id) => document.getElementById(id).content.cloneNode(true);

  const show = (file) => {
    URL.revokeObjectURL(preview.src);
    preview.src = URL.createObjectURL(file);
    preview.hidden = false;
    name.textContent = file.name;
    name.hidden = false;
  };

  const clear = () => {
    preview.hidden = true;
    name.hidden = true;
    progress.hidden = true;
    drop.dataset.state = "idle";
    input.value = "";
  };

  const fits = (file) => file.size <= Number(form.dataset.limitMb) * 1e6;

  const sendChosen = () => {
    const file = input.files[0];
    if (!file) return;
    if (fits(file)) {
      show(file);
      form.requestSubmit();
    } else {
      clear();
      result.replaceChildren(copyOf("too-large"));
    }
  };

  const send = (files) => {
    const transfer = new DataTransfer();
    transfer.items.add(files[0]);
    input.files = transfer.files;
    sendChosen();
  };

  // HEIC and the like: the server reads them, the browser may not.
  preview.addEventListener("error", () => {
    preview.hidden = true;
  });

  input.addEventListener("change", sendChosen);

  document.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) {
      event.preventDefault();
      send(event.clipboardData.files);
    }
  });

  // The whole page takes the drop, so that a near miss does not make the browser open the file.
  document.addEventListener("dragover", (event) => {
    event.preventDefault();
    drop.dataset.state = "over";
  });

  document.addEventListener("dragleave", (event) => {
    if (!event.relatedTarget) drop.dataset.state = "idle";
  });

  document.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.dataset.state = "idle";
    if (event.dataTransfer.files.length) send(event.dataTransfer.files);
  });

  form.addEventListener("htmx:beforeRequest", () => {
    drop.dataset.state = "sending";
    progress.hidden = false;
    progress.value = 0;
    result.replaceChildren(copyOf("answer-skeleton"));
  });

  form.addEventListener("htmx:xhr:progress", (event) => {
    if (event.detail.lengthComputable) progress.value = (100 * event.detail.loaded) / event.detail.total;
  });

  const failed = () => {
    progress.hidden = true;
    drop.dataset.state = "idle";
    result.replaceChildren(copyOf("no-answer"));
  };
  form.addEventListener("htmx:sendError", failed);
  form.addEventListener("htmx:responseError", failed);

  // The answer has a photograph of its own; the card is free for the next one.
  result.addEventListener("htmx:afterSettle", () => {
    progress.hidden = true;
    if (!result.querySelector("[data-pending]")) clear();
    if (result.getBoundingClientRect().top > window.innerHeight / 2) {
      result.scrollIntoView({ block: "start", behavior: "smooth" });
    }
  });
})();
