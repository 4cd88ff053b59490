import { customRandom, urlAlphabet } from 'nanoid'
import { nanoid } from 'nanoid/non-secure'

export function run() {
  let seed = 7
  const next = (n) => Uint8Array.from({ length: n }, () => (seed = (seed * 16807) % 2147483647) & 255)
  const made = customRandom('0123456789abcdef', 12, next)
  return { ids: [made(), made(), made()], alphabet: urlAlphabet.length, loose: nanoid().length }
}
