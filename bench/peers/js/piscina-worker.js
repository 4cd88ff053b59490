'use strict';
const { parentPort } = require('node:worker_threads');

module.exports = (value) => value;
module.exports.compute = (n) => {
  let sum = 0;
  for (let i = 1; i <= n; i++) sum += i;
  return sum;
};
module.exports.emit = (n) => {
  for (let i = 1; i <= n; i++) parentPort.postMessage(i);
};
