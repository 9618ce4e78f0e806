// What the model said lately, smoothed: a single picture changes it little, a second's worth of them entirely.
(() => {
  "use strict";

  const SMOOTHING = 400; // milliseconds until two thirds of what is shown is new
  const STEADY = 1000; // milliseconds that an answer stays the same before it is read out
  const MARGIN = 0.05; // by which another label must lead, so that two do not flicker

  class Reading {
    #facts;
    #smooth = null;
    #familiarity = null;
    #last = 0;
    #since = 0;
    #word = "";

    constructor(facts) {
      this.#facts = facts;
      this.best = 0;
    }

    add({ probabilities, familiarity }, now) {
      const share = this.#smooth ? 1 - Math.exp((this.#last - now) / SMOOTHING) : 1;
      const mix = (old, fresh) => old + (fresh - old) * share;
      this.#smooth = this.#smooth
        ? this.#smooth.map((old, place) => mix(old, probabilities[place]))
        : [...probabilities];
      this.#familiarity = familiarity === null ? null : mix(this.#familiarity ?? familiarity, familiarity);
      this.#last = now;
      this.#choose();
      if (this.word !== this.#word) {
        this.#word = this.word;
        this.#since = now;
      }
    }

    #choose() {
      const first = this.#smooth.indexOf(Math.max(...this.#smooth));
      if (this.#smooth[first] > this.#smooth[this.best] + MARGIN) this.best = first;
    }

    get confidence() {
      return this.#smooth[this.best];
    }

    // As classifier.runtime abstains: unlike anything that was learnt, or not sure enough.
    get unsure() {
      const { abstain_threshold: least, familiarity_threshold: near } = this.#facts;
      const strange = this.#familiarity !== null && near !== null && this.#familiarity < near;
      return strange || this.confidence < least;
    }

    // The label that is shown; empty while it is not sure.
    get word() {
      return this.unsure ? "" : this.#facts.labels[this.best];
    }

    get steady() {
      return this.#last - this.#since >= STEADY;
    }
  }

  // Pictures a second, over the last of them.
  class Rate {
    #times = [];

    add(now) {
      this.#times.push(now);
      if (this.#times.length > 30) this.#times.shift();
    }

    get perSecond() {
      const span = this.#times.at(-1) - this.#times[0];
      return span > 0 ? ((this.#times.length - 1) * 1000) / span : 0;
    }
  }

  window.sortwise = { ...window.sortwise, Reading, Rate };
})();
