// React and a few others are published as CommonJS only. Imported like any module, such a file
// has a scope of its own; its module, exports and require are globals while it runs.
const NAMES = ['module', 'exports', 'require'];
const modules = new Map();
let outside = {};

export function begin(name) {
  const module = { exports: {} };
  modules.set(name, module);
  outside = Object.fromEntries(NAMES.map((each) => [each, globalThis[each]]));
  Object.assign(globalThis, { module, exports: module.exports, require });
}

export function end(name) {
  const exports = require(name);
  // This one looks its exports up again whenever it is called.
  Object.assign(globalThis, outside, name === 'scheduler' && { exports });
  return exports;
}

function require(name) {
  if (!modules.has(name)) throw new Error(`${name} was not loaded.`);
  return modules.get(name).exports;
}
