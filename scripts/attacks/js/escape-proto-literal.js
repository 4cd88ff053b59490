// attack: sends objects whose names are those of prototypes through JSON and the host
// mechanism: escape / __proto__ in data
// serialiser: json
// grants: host:
// expect: answer "map[__proto__:map[polluted:true] constructor:map[prototype:map[]]]"
// control: none: names are data on both sides

function run() {
  const data = JSON.parse('{"__proto__": {"polluted": true}, "constructor": {"prototype": {}}}');
  if ({}.polluted) return 'ESCAPED';
  return data;
}
