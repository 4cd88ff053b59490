import { parse, parseAllDocuments, parseDocument, stringify } from 'yaml'

const text = `
base: &base {a: 1, b: [x, y]}
copy:
  <<: *base
  b: |
    two
    lines
when: 2024-02-29
none: ~
hex: 0xff
`

export function run() {
  const doc = parseDocument('# note\na: 1 # one\n')
  doc.set('b', { c: [true, null] })
  let broken = ''
  try {
    parse('a: [1, 2')
  } catch (err) {
    broken = err.code
  }
  return {
    parsed: parse(text, { merge: true }),
    edited: String(doc),
    text: stringify({ list: [1, { two: '2' }], long: 'a: b\nc', empty: {} }),
    documents: parseAllDocuments('a\n---\nb\n').map((d) => d.toJS()),
    broken,
  }
}
