// attack: uses V8's hooks to get frames and receivers of errors
// mechanism: escape / prepareStackTrace and captureStackTrace
// expect: answer "safe"
// control: none: there are no such hooks in this virtual machine

function run() {
  let stolen;
  Error.stackTraceLimit = Infinity;
  Error.prepareStackTrace = (e, frames) => (stolen = frames.map((f) => [f.getThis(), f.getFunction()]));
  const o = {};
  Error.captureStackTrace?.(o, run);
  void o.stack;
  try {
    require('fs').readFileSync('/etc/passwd');
  } catch (e) {
    void e.stack;
  }
  return stolen ? 'ESCAPED' : 'safe';
}
