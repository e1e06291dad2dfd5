// Times ONNX Runtime on demand, in the words of pytorch.py: forward passes in float32.
//
// The package is npm's onnxruntime-node, found in NNCONV_NODE_MODULES; the models are made by
// onnx_model.py and onnx_network.py. Each call returns a fresh result.
const { execFileSync } = require('child_process');
const path = require('path');
const readline = require('readline');

const home = path.join(process.env.NNCONV_NODE_MODULES, 'onnxruntime-node');
const ort = require(home);
const python = process.env.NNCONV_PYTHON || 'python3';
const kept = new Map();  // of the shape that is being measured

async function session(model, threads) {
  const key = [...model, threads].join(' ');
  if (!kept.has(key)) {
    if (kept.size > 1) kept.clear();
    const bytes = execFileSync(python, model, { maxBuffer: 1 << 30 });
    kept.set(key, await ort.InferenceSession.create(bytes, {
      intraOpNumThreads: threads, interOpNumThreads: 1, graphOptimizationLevel: 'all',
    }));
  }
  return kept.get(key);
}

// The model's maker and its words, the shape of the input, and for how long it is called.
function asked(layer, rest) {
  if (layer === 'network') {
    const [seconds, shape, ...words] = rest;
    return [['bench/onnx_network.py', shape, ...words], shape.split('x').map(Number), seconds];
  }
  const sizes = rest.slice(0, 16);
  const shape = [sizes[0], sizes[1], sizes[3], sizes[4]].map(Number);
  return [['bench/onnx_model.py', layer, ...sizes], shape, rest[16]];
}

async function answer(line) {
  const [layer, , , threads, ...rest] = line.split(' ');
  const [model, shape, seconds] = asked(layer, rest);
  const numbers = Float32Array.from({ length: shape.reduce((a, b) => a * b) },
                                    () => Math.random() - 0.5);
  const x = new ort.Tensor('float32', numbers, shape);
  const run = await session(model, Number(threads));
  await run.run({ x });
  const times = [];
  const begin = performance.now();
  while (performance.now() - begin < 1000 * seconds || times.length === 0) {
    const start = performance.now();
    await run.run({ x });
    times.push(performance.now() - start);
  }
  times.sort((a, b) => a - b);
  return times[times.length >> 1];
}

(async () => {
  console.log(require(path.join(home, 'package.json')).version);
  for await (const line of readline.createInterface({ input: process.stdin })) {
    try {
      console.log(await answer(line));
    } catch (error) {
      console.log(NaN);
    }
  }
})();
