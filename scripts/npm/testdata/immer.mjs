import { createDraft, current, enableMapSet, enablePatches, finishDraft, isDraft, produce, produceWithPatches } from 'immer'

enablePatches()
enableMapSet()

export function run() {
  const base = { list: [{ done: false }], map: new Map([['a', 1]]), deep: { x: { y: 1 } } }
  const [next, patches, inverse] = produceWithPatches(base, (d) => {
    d.list[0].done = true
    d.list.push({ done: false })
    d.map.set('b', 2)
  })
  const draft = createDraft({ n: 1 })
  draft.n++
  return {
    next: { list: next.list, map: [...next.map] },
    same: next.deep === base.deep,
    frozen: Object.isFrozen(next.list[0]),
    patches,
    inverse,
    draft: [isDraft(draft), current(draft).n, finishDraft(draft).n],
    curried: produce((d) => { d.push(3) })([1, 2]),
  }
}
