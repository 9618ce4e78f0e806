// What every page has: answers from the server that need a second thought, and the theme at once.
(() => {
  "use strict";

  document.documentElement.classList.add("js");

  // While a photograph is in work the answer stays the same; swapping it would only restart its animation.
  const sameState = (target, text) => target.dataset.pending && text.includes(`data-pending="${target.dataset.pending}"`);

  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target, requestConfig } = event.detail;
    const text = xhr.responseText.trimStart();
    if (xhr.status >= 400) {
      // Our own refusals are a section to show; anything else came from something in between.
      const refused = requestConfig.verb !== "get" && text.startsWith("<section");
      event.detail.shouldSwap = refused;
      event.detail.isError = !refused;
    } else if (/^<!doctype/i.test(text) && !requestConfig.elt.hasAttribute("hx-select")) {
      // A whole page where a part was asked for: the session ended.
      event.detail.shouldSwap = false;
      window.location.reload();
    } else if (sameState(target, text)) {
      event.detail.shouldSwap = false;
    }
  });

  // What had the focus is gone after a swap: go on where the answer to it stands.
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.requestConfig.elt.matches(".answer form")) {
      const answer = document.getElementById(event.detail.target.id);
      (answer?.querySelector("[data-focus]") ?? answer?.querySelector("button"))?.focus();
    }
  });

  // Scrolls to what came, at once for who wants no motion.
  const bring = (element) => {
    const still = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    element.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
  };
  const bringUp = (element) => {
    if (element.getBoundingClientRect().top > window.innerHeight / 2) bring(element);
  };
  window.sortwise = { ...window.sortwise, bring, bringUp };

  // Only for a lost connection; browsers offer it on HTTPS and localhost alone. Where it is refused nothing is amiss.
  navigator.serviceWorker?.register(document.documentElement.dataset.worker).catch(() => {});

  // A menu closes when one goes elsewhere, and by Escape, which leaves the focus on what opened it.
  const closeMenus = (except) => {
    for (const menu of document.querySelectorAll(".menu[open]")) menu.open = menu.contains(except);
  };
  document.addEventListener("click", (event) => closeMenus(event.target));
  document.addEventListener("focusin", (event) => closeMenus(event.target));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector(".menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });

  document.addEventListener("change", (event) => {
    if (event.target.matches("select[name=theme]")) {
      document.documentElement.dataset.theme = event.target.value;
    }
  });
})();
