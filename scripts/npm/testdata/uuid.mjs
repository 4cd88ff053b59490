import { NIL, parse, stringify, v3, v5, v7, validate, version } from 'uuid'

export function run() {
  const random = Uint8Array.from({ length: 16 }, (_, i) => i * 7)
  return {
    v3: v3('example.com', v3.DNS),
    v5: v5('example.com', v5.DNS),
    v7: v7({ msecs: 1_700_000_000_000, seq: 5, random }),
    round: stringify(parse('6ba7b810-9dad-11d1-80b4-00c04fd430c8')),
    valid: [validate(NIL), validate('nope'), version(v5('a', NIL))],
  }
}
