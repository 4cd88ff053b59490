// attack: answers other calls with its own values, from a later call
// mechanism: protocol / done of another call
// mode: async
// calls: 10
// expect: any of answer "late 1" | answer "late 2" | answer "late 3" | answer "late 4" | answer "late 5" | answer "late 6" | answer "late 7" | answer "late 8" | answer "late 9" | answer "late 10"
// why: a script may answer its calls in any order and from anywhere; each gets one answer
// control: none: it is allowed

const kept = [];

function run(done, n) {
  kept.push(() => done('late', n));
  if (kept.length === 10) for (const answer of kept.reverse()) answer();
}
