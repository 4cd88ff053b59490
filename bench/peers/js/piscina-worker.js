'use strict';
module.exports = (value) => value;
module.exports.compute = (n) => {
  let sum = 0;
  for (let i = 1; i <= n; i++) sum += i;
  return sum;
};
