// One upload: how far it is, and what came back.
(() => {
  "use strict";

  const STALLED = 60_000; // milliseconds in which nothing moved

  // A key of its own for each photograph: sent again, it is still one. (randomUUID is for HTTPS alone.)
  const newKey = () => Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("-");

  // Resolves to {status, text}; the status is 0 where no answer came.
  const send = (form, { file, name, key }, progressed) =>
    new Promise((resolve) => {
      const request = new XMLHttpRequest();
      let clock;
      const alive = () => {
        clearTimeout(clock);
        clock = setTimeout(() => request.abort(), STALLED);
      };
      request.upload.addEventListener("progress", (event) => {
        alive();
        if (event.lengthComputable) progressed((100 * event.loaded) / event.total);
      });
      request.addEventListener("loadend", () => {
        clearTimeout(clock);
        resolve({ status: request.status, text: request.responseText.trimStart() });
      });
      const body = new FormData(form);
      body.set("key", key);
      body.set("image", file, name);
      request.open("POST", form.action);
      request.setRequestHeader("HX-Request", "true");
      request.send(body);
      alive();
    });

  window.sortwise = { ...window.sortwise, newKey, send };
})();
