// Runs the model beside the page, so that the page stays smooth: pixels come in, what the model says goes out.
// The page sends {addresses, facts} once, then {pixels} for each picture.
"use strict";

let facts = null;
let model = null;
let Tensor = null;
let prototypes = [];

const rowsOf = (text, width) => {
  const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const values = new Float32Array(bytes.buffer);
  const rows = [];
  for (let start = 0; start < values.length; start += width) rows.push(values.subarray(start, start + width));
  return rows;
};

const fetched = async (address) => {
  const response = await fetch(address);
  if (!response.ok) throw new TypeError(`${address}: ${response.status}`);
  return response;
};

const prepare = async (addresses) => {
  facts = await (await fetched(addresses.facts)).json();
  const graph = new Uint8Array(await (await fetched(addresses.graph)).arrayBuffer());
  // The runtime asks for its .wasm by a bare name, writes what it does as errors, and would wake the graphics card
  // that it does not use here. What goes wrong it throws.
  self.Module = { locateFile: () => addresses.wasm, print() {}, printErr() {} };
  Object.defineProperty(navigator, "gpu", { value: undefined });
  const litert = await import(addresses.core);
  await litert.loadLiteRt(addresses.runtime);
  model = await litert.loadAndCompile(graph, { accelerator: "wasm" });
  Tensor = litert.Tensor;
  const embedding = model.getOutputDetails().find((each) => each.name === facts.outputs.embedding);
  if (facts.prototypes && embedding) prototypes = rowsOf(facts.prototypes, embedding.shape.at(-1));
};

// classifier.preprocessing.scale
const scaled = (pixels) => {
  const { height, width, scale, offset } = facts.input;
  const values = new Float32Array(height * width * 3);
  for (let from = 0, to = 0; from < pixels.length; from += 4) {
    values[to++] = pixels[from] * scale + offset;
    values[to++] = pixels[from + 1] * scale + offset;
    values[to++] = pixels[from + 2] * scale + offset;
  }
  return values;
};

const run = async (pixels) => {
  const [input] = model.getInputDetails();
  const tensor = new Tensor(scaled(pixels), [...input.shape]);
  const outputs = await model.run({ [input.name]: tensor });
  tensor.delete();
  const given = {};
  for (const [name, key] of Object.entries(facts.outputs)) given[name] = outputs[key].toTypedArray();
  for (const output of Object.values(outputs)) output.delete();
  return given;
};

// classifier.runtime.softmax of the logits over the temperature
const probabilities = (logits) => {
  const most = Math.max(...logits);
  const raised = Array.from(logits, (logit) => Math.exp((logit - most) / facts.temperature));
  const sum = raised.reduce((total, each) => total + each);
  return raised.map((each) => each / sum);
};

const dot = (a, b) => a.reduce((total, value, place) => total + value * b[place], 0);

// classifier.familiarity.familiarity; null where it is not known
const familiarity = (embedding) => {
  if (!prototypes.length || !embedding) return null;
  const length = Math.sqrt(dot(embedding, embedding));
  return length ? Math.max(...prototypes.map((row) => dot(row, embedding))) / length : 0;
};

const answer = async (pixels) => {
  const began = performance.now();
  const given = await run(pixels);
  const map = model.getOutputDetails().find((each) => each.name === facts.outputs.activation_map);
  return {
    probabilities: probabilities(given.logits),
    familiarity: familiarity(given.embedding),
    evidence: given.activation_map ?? null,
    shape: map ? [...map.shape].slice(1) : null,
    milliseconds: performance.now() - began,
  };
};

self.onmessage = async ({ data }) => {
  try {
    if (data.addresses) {
      await prepare(data.addresses);
      self.postMessage({ ready: facts });
    } else {
      self.postMessage({ answer: await answer(data.pixels) });
    }
  } catch (error) {
    // A network that fails gives a TypeError; whatever else goes wrong, this browser cannot do it.
    const lost = error instanceof TypeError && !model;
    self.postMessage({ failed: lost ? "lost" : "unable", reason: String(error) });
  }
};
