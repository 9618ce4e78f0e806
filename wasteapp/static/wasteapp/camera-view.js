// <camera-view>: what a camera sees, the choice of cameras, and a sentence for what goes wrong.
// Tells its page by the events camera:live and camera:problem.
(() => {
  "use strict";

  const CHOICE = "sortwise-camera";
  const REASONS = {
    NotAllowedError: "denied",
    SecurityError: "denied",
    NotFoundError: "none",
    OverconstrainedError: "none",
    NotReadableError: "busy",
    AbortError: "busy",
  };

  // Storage may be forbidden; then the choice lasts as long as the page.
  const remembered = () => {
    try {
      return localStorage.getItem(CHOICE) ?? "";
    } catch {
      return "";
    }
  };

  const remember = (id) => {
    try {
      localStorage.setItem(CHOICE, id);
    } catch {
      // See above.
    }
  };

  // A camera that was chosen and is gone since gives way to any other.
  const wish = (id) => ({
    audio: false,
    video: {
      width: { ideal: 1920 },
      height: { ideal: 1440 },
      ...(id ? { deviceId: { ideal: id } } : { facingMode: { ideal: "environment" } }),
    },
  });

  const missing = () => {
    if (!window.isSecureContext) return "insecure";
    return navigator.mediaDevices?.getUserMedia ? "" : "unsupported";
  };

  class CameraView extends HTMLElement {
    #stream = null;
    #asked = 0;
    #chosen = remembered();

    connectedCallback() {
      document.documentElement.classList.add("js");
      this.video = this.querySelector("video");
      this.select = this.querySelector("select");
      this.problem = this.querySelector(".viewfinder__problem");
      this.select.addEventListener("change", () => {
        this.#chosen = this.select.value;
        remember(this.#chosen);
        this.start();
      });
      this.querySelector("[data-retry]").addEventListener("click", () => this.start());
      // Nobody is watched by a page that is not looked at, and other programs may want the camera.
      document.addEventListener("visibilitychange", () => (document.hidden ? this.stop() : this.start()));
      this.start();
    }

    get running() {
      return this.#stream !== null && this.video.readyState >= HTMLMediaElement.HAVE_CURRENT_DATA;
    }

    async start() {
      this.stop();
      const mine = ++this.#asked;
      this.#state("starting");
      const lack = missing();
      if (lack) return this.#fail(lack);
      try {
        const stream = await navigator.mediaDevices.getUserMedia(wish(this.#chosen));
        if (mine !== this.#asked) return stream.getTracks().forEach((track) => track.stop());
        await this.#show(stream);
      } catch (error) {
        if (mine === this.#asked) this.#fail(REASONS[error.name] ?? "busy");
      }
    }

    stop() {
      this.#asked += 1;
      this.#stream?.getTracks().forEach((track) => track.stop());
      this.#stream = null;
      this.video.srcObject = null;
    }

    // The frame that is seen now, drawn on a canvas of the camera's own size.
    draw(canvas) {
      canvas.width = this.video.videoWidth;
      canvas.height = this.video.videoHeight;
      canvas.getContext("2d").drawImage(this.video, 0, 0);
      return canvas;
    }

    async #show(stream) {
      this.#stream = stream;
      const [track] = stream.getVideoTracks();
      track.addEventListener("ended", () => this.#stream === stream && this.#fail("none"));
      this.video.srcObject = stream;
      await this.video.play();
      this.#state("live");
      await this.#list(track.getSettings().deviceId);
      this.dispatchEvent(new CustomEvent("camera:live", { bubbles: true }));
    }

    // Names are told only to who may use a camera, so that this comes after.
    async #list(current) {
      const devices = await navigator.mediaDevices.enumerateDevices();
      const cameras = devices.filter((device) => device.kind === "videoinput");
      const name = (camera, place) => camera.label || `${this.dataset.unnamed} ${place + 1}`;
      this.select.replaceChildren(
        ...cameras.map((camera, place) => new Option(name(camera, place), camera.deviceId)),
      );
      this.select.value = current;
      this.select.parentElement.hidden = cameras.length < 2;
    }

    #fail(reason) {
      this.stop();
      this.#state("problem");
      for (const sentence of this.problem.querySelectorAll("[data-problem]")) {
        sentence.hidden = sentence.dataset.problem !== reason;
      }
      this.problem.querySelector("[data-retry]").hidden = ["insecure", "unsupported"].includes(reason);
      this.problem.hidden = false;
      this.dispatchEvent(new CustomEvent("camera:problem", { bubbles: true, detail: reason }));
    }

    #state(state) {
      this.dataset.state = state;
      this.problem.hidden = true;
    }
  }

  customElements.define("camera-view", CameraView);
})();
