// attack: a toJSON that returns a new object with a toJSON, each time that a result is carried
// mechanism: json / toJSON that makes more of itself
// limits: time=2s
// serialiser: json
// expect: any of serialise nested | error Maximum call stack size exceeded
// why: each of them counts as a level
// control: none: how deep values may be nested is fixed

function run() {
  const more = () => ({ toJSON: more });
  return more();
}
