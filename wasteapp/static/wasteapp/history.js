// Choosing many in the history: all on the page, a range by shift, how many. What was chosen is posted as a form.
(() => {
  "use strict";

  let last = null; // the tick that was changed before, where a range begins

  const ticks = (form) => [...form.querySelectorAll(".tick")];

  const show = (form) => {
    const all = ticks(form);
    const chosen = all.filter((tick) => tick.checked).length;
    const master = form.querySelector("[data-all]");
    master.checked = chosen === all.length;
    master.indeterminate = chosen > 0 && chosen < all.length;
    form.querySelector("[data-count]").textContent = chosen;
    const everything = form.querySelector("[data-everything]")?.checked ?? false;
    for (const button of form.querySelectorAll("button[name=action]")) button.disabled = !everything && chosen === 0;
  };

  const begin = () => {
    const form = document.querySelector("[data-selection]");
    if (!form) return;
    form.querySelector("[data-scripted]").hidden = false;
    show(form);
  };

  const range = (form, to) => {
    const all = ticks(form);
    const [from, until] = [all.indexOf(last), all.indexOf(to)].sort((a, b) => a - b);
    if (from < 0) return;
    for (const tick of all.slice(from, until + 1)) tick.checked = to.checked;
  };

  document.addEventListener("click", (event) => {
    const form = event.target.closest("[data-selection]");
    if (!form || !event.target.matches(".tick, [data-all], [data-everything]")) return;
    if (event.target.matches("[data-all]")) {
      for (const tick of ticks(form)) tick.checked = event.target.checked;
    } else if (event.target.matches(".tick")) {
      if (event.shiftKey) range(form, event.target);
      last = event.target;
    }
    show(form);
  });

  begin();
  document.addEventListener("htmx:afterSettle", begin);
  window.addEventListener("pageshow", begin); // a browser that goes back keeps the ticks
})();
