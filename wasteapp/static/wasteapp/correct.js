// Answers by keys, at once visible; off wherever somebody types, and for whom switched them off.
(() => {
  "use strict";

  const STORED = "sortwise-keys";
  const root = document.documentElement;
  const help = document.getElementById("keys");
  if (!help) return;
  const box = help.querySelector("[data-keys-on]");

  // Storage may be forbidden; then the choice holds for this page.
  const remembered = () => {
    try {
      return localStorage.getItem(STORED) !== "off";
    } catch {
      return true;
    }
  };
  const remember = (on) => {
    try {
      localStorage.setItem(STORED, on ? "on" : "off");
    } catch {
      return;
    }
  };

  const apply = (on) => {
    box.checked = on;
    root.classList.toggle("keys-on", on);
  };
  apply(remembered());

  box.addEventListener("change", () => {
    remember(box.checked);
    apply(box.checked);
  });

  const WRITTEN = "textarea, select, input:not([type=checkbox], [type=radio], [type=file], [type=submit])";
  const typing = (element) => element.isContentEditable || element.matches(WRITTEN);
  const acts = (element) => element.matches("a, button, summary, input");

  // The answer that has the focus, else the first that is in sight.
  const current = () => {
    const shown = [...document.querySelectorAll(".answer[id^='result-']")].filter((answer) => answer.offsetParent);
    const place = document.activeElement.closest(".answer, .queue__row");
    const focused = shown.find((answer) => place?.contains(answer));
    return focused ?? shown.find((answer) => answer.getBoundingClientRect().bottom > 100);
  };

  const press = (event) => {
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (key === "?") return help.showModal();
    if (key === "Enter" && acts(event.target)) return undefined;
    const button = current()?.querySelector(`[data-key="${CSS.escape(key)}"]`);
    if (!button) return undefined;
    event.preventDefault();
    return button.click();
  };

  document.addEventListener("keydown", (event) => {
    const held = event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing;
    if (held || help.open || !box.checked || typing(event.target)) return;
    press(event);
  });

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-keys]")) help.showModal();
  });

  const pressed = (form, button) => {
    for (const each of form.querySelectorAll("[aria-pressed]")) each.setAttribute("aria-pressed", each === button);
  };

  // What was said is shown as chosen before the server has answered.
  document.addEventListener("submit", (event) => {
    if (event.target.matches(".answer form.choices")) pressed(event.target, event.submitter);
  });

  const notKept = (event) => {
    const answer = event.target.closest(".answer");
    const note = answer?.querySelector("[data-not-kept]");
    if (!note) return;
    answer.querySelectorAll("form.choices").forEach((form) => pressed(form, null));
    note.hidden = false;
  };
  document.addEventListener("htmx:sendError", notKept);
  document.addEventListener("htmx:responseError", notKept);
})();
