// attack: copies a slice of 2^53-1 holes
// mechanism: memory / native over a huge length, slice
// limits: memory=32M time=500ms
// expect: any of limit memory | deadline | exit | error Invalid array length
// why: what it comes to depends on how the copy is made
// control: none: there can be no such array

function run() {
  return Array.prototype.slice.call({ length: 2 ** 53 - 1 }).length;
}
