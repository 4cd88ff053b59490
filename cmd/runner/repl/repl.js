// The worker's half of runner repl, for JavaScript. It is loaded as a custom
// serialiser is: before the script. What travels is a list of texts, separated by
// NULs.
//
// The parent calls __repl(operation, text, name), which answers with a list whose first
// text says what it is: "value" and the value shown, if it is one, "more" for an
// input that is not complete, "syntax", its place and a message, or "names", how long
// the name to complete is, and names.

const maxText = 10000, maxNames = 500;
const decoder = new TextDecoder();
const declared = new Set();
const reserved = ('async await break case catch class const continue debugger default delete do else export extends false finally for function'
  + ' if import in instanceof let new null return static super switch this throw true try typeof undefined var void while with yield').split(' ');

class Reply {
  constructor(...texts) { this.texts = texts }
}

function show(value) {
  const text = require('util').inspect(value, {depth: 4});
  return text.length > maxText ? text.slice(0, maxText) + ` ... ${text.length - maxText} more characters` : text;
}

function begin() {
  const exported = globalThis.module && globalThis.module.exports;
  if (exported !== null && typeof exported === 'object') {
    for (const key of Object.keys(exported)) {
      if (!(key in globalThis) && !topLevel(key)) {
        Object.defineProperty(globalThis, key, {
          configurable: true, enumerable: true,
          get: () => exported[key],
          set: value => Object.defineProperty(globalThis, key, {configurable: true, enumerable: true, writable: true, value}),
        });
      }
    }
  }
  return new Reply('value');
}

// topLevel tells whether there is a variable of a name, which is no property of the
// global object if it was declared with const, let or class.
function topLevel(name) {
  try {
    require('vm').runInThisContext('void ' + name);
    return true;
  } catch (error) {
    return false;
  }
}

const isSyntax = error => error instanceof SyntaxError;
const endsInside = error => /^Unexpected end of input|^Unterminated template/.test(error.message);

// compile returns a script, or why it is none.
function compile(name, before, text, after) {
  try {
    return {script: new (require('vm').Script)(before + text + after, {filename: name, columnOffset: -before.length})};
  } catch (error) {
    if (!isSyntax(error)) throw error;
    return {error};
  }
}

// compileInput compiles an input as an expression where it looks like an object, as a
// script, or, if it awaits something, as the body of an async function.
function compileInput(name, text) {
  if (/^\s*\{/.test(text) && !/;\s*$/.test(text)) {
    const object = compile(name, '(', text, '\n)');
    if (object.script) return object;
  }
  const plain = compile(name, '', text, '');
  if (plain.script || !/\bawait\b/.test(text)) return plain;
  const declaration = /^\s*(?:const|let|var)\s+([A-Za-z_$][\w$]*)\s*=(?=[^=])/.exec(text);
  if (declaration) {
    const begins = declaration[0], variable = declaration[1];
    const rest = text.slice(begins.length).replace(/;\s*$/, '');
    const assigned = compile(name, `(async () => { globalThis.${variable} =`.padEnd(begins.length), rest, '\n})()');
    if (assigned.script) return {script: assigned.script, silent: true};
  }
  const expression = compile(name, '(async () => (', text.replace(/;\s*$/, ''), '\n))()');
  if (expression.script) return {...expression, awaited: true};
  const body = compile(name, '(async () => {', text, '\n})()');
  if (body.script) return {...body, awaited: true, silent: true};
  // Without its end it fails in any case: at the end of the input if that goes on.
  return compile(name, '(async () => {', text, '');
}

async function evaluate(text, name) {
  const input = compileInput(name, text);
  if (input.error) {
    if (endsInside(input.error)) return new Reply('more', name + ': ' + input.error.message);
    return new Reply('syntax', placeOf(input.error, name) + ': SyntaxError: ' + input.error.message);
  }
  for (const [, variable] of text.matchAll(/\b(?:const|let|class)\s+([A-Za-z_$][\w$]*)/g)) declared.add(variable);
  let value = input.script.runInThisContext();
  if (input.awaited || input.silent) value = await value;
  if (value === undefined && (input.silent || isStatement(text))) return new Reply('value');
  return new Reply('value', show(value));
}

// placeOf is where in the input of a name an error is.
function placeOf(error, name) {
  const line = error.stack.split('\n').find(line => line.includes('at ' + name + ':'));
  const place = line && /:\d+(?::\d+)?/.exec(line.slice(line.indexOf(name) + name.length));
  return name + (place ? place[0] : '');
}

function isStatement(text) {
  return /^\s*(?:var|let|const|function|class|if|for|while|do|switch|try|async\s+function|throw|\/\/|\/\*|$)/.test(text) || /;\s*$/.test(text);
}

// valueIn is value[key], without running a getter.
function valueIn(value, key) {
  for (let o = Object(value), i = 0; o !== null && i < 20; o = Object.getPrototypeOf(o), i++) {
    const property = Object.getOwnPropertyDescriptor(o, key);
    if (property) return property.value;
  }
}

function complete(text) {
  const path = /(?:[\w$]+\.)*[\w$]*$/.exec(text)[0].split('.');
  const name = path.pop();
  const names = new Set();
  const before = text[text.length - [...path, name].join('.').length - 1];
  if (before === '.' || /^\d/.test(path[0] ?? '')) return new Reply('names', '0');
  let value = globalThis;
  if (path.length === 0) {
    for (const word of reserved) names.add(word);
    for (const word of declared) names.add(word);
  } else {
    value = topLevel(path[0]) ? require('vm').runInThisContext(path[0]) : undefined;
    for (const key of path.slice(1)) {
      if (value === undefined || value === null) break;
      value = valueIn(value, key);
    }
  }
  if (value !== undefined && value !== null) {
    for (let o = Object(value), i = 0; o !== null && i < 20; o = Object.getPrototypeOf(o), i++) {
      if (o === Object.prototype && (name === '' || path.length === 0) && i > 0) break;
      for (const key of Object.getOwnPropertyNames(o)) names.add(key);
    }
  }
  names.delete('__repl');
  const found = [...names].filter(key => key.startsWith(name) && /^[A-Za-z_$][\w$]*$/.test(key)).sort();
  return new Reply('names', String(name.length), ...found.slice(0, maxNames));
}

const operations = {begin, evaluate, complete};

Object.defineProperty(globalThis, '__repl', {
  value: async function (...args) {
    const done = worker.mode === 'async' ? args.shift() : undefined;
    const reply = await operations[args[0]](...args.slice(1));
    if (done === undefined) return reply;
    done(reply);
  },
});

function freeze(...values) {
  const texts = values.length === 1 && values[0] instanceof Reply ? values[0].texts
    : values.map(value => typeof value === 'string' ? value : show(value));
  return texts.map(text => String(text).replaceAll('\0', '\\0')).join('\0');
}

function thaw(octets) { return decoder.decode(octets).split('\0') }

return {freeze, thaw};
