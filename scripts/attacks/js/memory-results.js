// attack: answers with a million results
// mechanism: memory / results
// limits: memory=32M time=3s payload=1M
// expect: any of limit payload | limit memory | deadline
// why: which one is least depends on what a result takes
// control: none: the answer would be the megabytes themselves; memory-event-large shows the limit

function run() {
  return results(...new Array(1e6).fill('result'));
}
