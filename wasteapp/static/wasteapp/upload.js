// The upload card: drop, paste or choose photographs; they are sent at once.
(() => {
  "use strict";

  const form = document.querySelector("form[data-upload]");
  if (!form || !window.sortwise?.add) return;

  const input = form.querySelector("input[type=file]");
  const drop = form.querySelector(".drop");
  const { add } = window.sortwise;

  input.multiple = true;
  input.required = false;

  input.addEventListener("change", () => {
    if (input.files.length) add([...input.files]);
    input.value = "";
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    input.click();
  });

  // An answer that asks for a better photograph: the others of this visit stay.
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-another]")) return;
    event.preventDefault();
    input.click();
  });

  document.addEventListener("paste", (event) => {
    if (event.clipboardData.files.length) {
      event.preventDefault();
      add([...event.clipboardData.files]);
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
    if (event.dataTransfer.files.length) add([...event.dataTransfer.files]);
  });
})();
