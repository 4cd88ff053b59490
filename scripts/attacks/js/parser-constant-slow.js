// attack: a script whose constants take long to fold, before anything runs
// mechanism: parser / constant folding that takes time
// limits: memory=32M start=1s
// expect: any of load limit memory | load exit | load deadline
// why: what is less, memory or time, depends on the machine
// control: none: it would take more than the memory of any machine

function run() {
  return typeof (3n ** (3n ** 25n));
}
