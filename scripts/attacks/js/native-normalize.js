// attack: normalises a long text again and again, which no interrupt reaches
// mechanism: loop / String.prototype.normalize
// limits: memory=128M time=100ms
// expect: deadline
// control: limits=time=60s expect answer "done"

function run() {
  const text = 'e\u0301\u0327'.repeat(2e6);
  for (let i = 0; i < 2; i++) text.normalize('NFC').length;
  return 'done';
}
