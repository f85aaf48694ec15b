// The chain of chapter 0 in the reader's browser: ONNX Runtime Web is the network,
// this file is the loop. It runs beside the page, so that the page never freezes.
const here = new URL("draw-digits/", import.meta.url);
const SIDE = 28, PIXELS = SIDE * SIDE;
const networks = new Map(); // name → { session, card }
let runtime = null;
let wanted = 0; // the latest request; an older one stops at its next step

onmessage = async ({ data }) => {
  if (data.stop) return void (wanted = -1);
  wanted = data.id;
  try {
    const network = await load(data.network, data.bytes, data.id);
    await draw(network, data);
  } catch (error) {
    postMessage({ id: data.id, error: String(error?.message ?? error) });
  }
};

// Fetch a file, unpack it if it is still gzipped, and tell how far it is.
async function fetched(name, heard) {
  const answer = await fetch(new URL(name, here));
  if (!answer.ok) throw new Error(`${name}: the server says ${answer.status}`);
  const parts = [];
  const reader = answer.body.getReader();
  for (let part; !(part = await reader.read()).done; ) {
    parts.push(part.value);
    heard(part.value.length);
  }
  const blob = new Blob(parts);
  const start = new Uint8Array(await blob.slice(0, 2).arrayBuffer());
  if (start[0] !== 0x1f || start[1] !== 0x8b) return blob.arrayBuffer();
  const unpacked = blob.stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(unpacked).arrayBuffer();
}

async function load(name, bytes, id) {
  if (networks.has(name)) return networks.get(name);
  let loaded = 0;
  const heard = (count) => postMessage({ id, loaded: (loaded += count), bytes });
  const model = fetched(`${name}.onnx.gz`, heard);
  const card = fetched(`${name}.json`, heard);
  if (!runtime) {
    const [ort, wasm] = await Promise.all([
      import(new URL("ort.mjs", here)),
      fetched("ort.wasm.gz", heard),
    ]);
    ort.env.wasm.wasmBinary = wasm;
    ort.env.wasm.numThreads = 1; // more would need headers that few servers send
    runtime = ort;
  }
  const session = await runtime.InferenceSession.create(await model, {
    executionProviders: ["wasm"],
    graphOptimizationLevel: "all",
  });
  const text = new TextDecoder().decode(await card);
  networks.set(name, { session, card: JSON.parse(text) });
  return networks.get(name);
}

// 𝒩(0, 1) from a seed: mulberry32, then Box and Muller. The same digits every time.
export function normals(seed) {
  let state = seed >>> 0;
  const uniform = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let z = state;
    z = Math.imul(z ^ (z >>> 15), z | 1);
    z ^= z + Math.imul(z ^ (z >>> 7), z | 61);
    return (((z ^ (z >>> 14)) >>> 0) + 0.5) / 4294967296;
  };
  return (count) => {
    const out = new Float32Array(count);
    for (let i = 0; i < count; i += 2) {
      const radius = Math.sqrt(-2 * Math.log(uniform()));
      const angle = 2 * Math.PI * uniform();
      out[i] = radius * Math.cos(angle);
      if (i + 1 < count) out[i + 1] = radius * Math.sin(angle);
    }
    return out;
  };
}

// `steps` of the T times, evenly spread, the last kept; halves go to the even one.
export function respaced(T, steps) {
  return Array.from({ length: steps + 1 }, (_, i) => {
    const at = (i * T) / steps;
    const low = Math.floor(at);
    if (at - low !== 0.5) return Math.round(at);
    return low % 2 ? low + 1 : low;
  });
}

async function predicted(network, x, t, label) {
  const { session } = network;
  const count = x.length / PIXELS;
  const many = (value) =>
    new runtime.Tensor("int64", new BigInt64Array(count).fill(BigInt(value)), [count]);
  const feed = {
    x_t: new runtime.Tensor("float32", x, [count, 1, SIDE, SIDE]),
    t: many(t),
  };
  if (network.card.classes) feed.y = many(label ?? network.card.classes);
  return (await session.run(feed)).value.data;
}

async function draw(network, { id, count, seed, steps, fresh, label }) {
  const { T, alpha_bar, predicts } = network.card;
  const times = respaced(T, steps);
  const noise = normals(seed);
  let x = noise(count * PIXELS);
  const begun = performance.now();
  postMessage({ id, x, step: steps, t: T });
  for (let step = steps; step > 0; step--) {
    const now = alpha_bar[times[step]], before = alpha_bar[times[step - 1]];
    const value = await predicted(network, x, times[step], label);
    if (id !== wanted) return postMessage({ id, stopped: true });
    const signal = Math.sqrt(now), spoilt = Math.sqrt(1 - now);
    const alpha = now / before;
    // The posterior with the guess in the place of x_0 …
    let a = (Math.sqrt(before) * (1 - alpha)) / (1 - now);
    let b = (Math.sqrt(alpha) * (1 - before)) / (1 - now);
    let std = Math.sqrt(((1 - alpha) * (1 - before)) / (1 - now));
    if (!fresh) {
      // … or DDIM: the noise that was pointed at is kept, none is added.
      b = Math.sqrt(1 - before) / spoilt;
      a = Math.sqrt(before) - b * signal;
      std = 0;
    }
    const z = fresh && step > 1 ? noise(x.length) : null;
    const next = new Float32Array(x.length);
    for (let i = 0; i < x.length; i++) {
      let guess = value[i]; // predicts x_0, unless:
      if (predicts === "epsilon") guess = (x[i] - spoilt * value[i]) / signal;
      else if (predicts === "v") guess = signal * x[i] - spoilt * value[i];
      guess = Math.min(1, Math.max(-1, guess));
      next[i] = a * guess + b * x[i] + (z ? std * z[i] : 0);
    }
    x = next;
    postMessage({ id, x, step: step - 1, t: times[step - 1] });
    await new Promise((go) => setTimeout(go)); // hear a stop
  }
  postMessage({ id, done: true, seconds: (performance.now() - begun) / 1000 });
}
