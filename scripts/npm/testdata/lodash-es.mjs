import { chunk, groupBy, debounce, cloneDeep, merge, kebabCase, sortBy, template, uniqWith, isEqual } from 'lodash-es'
import get from 'lodash-es/get.js'

export function run() {
  const people = [{ n: 'Ada', y: 1815 }, { n: 'Grace', y: 1906 }, { n: 'Alan', y: 1912 }]
  const copy = cloneDeep({ a: [1, { b: new Date(0) }], m: new Map([[1, 2]]) })
  return {
    chunk: chunk([1, 2, 3, 4, 5], 2),
    groupBy: groupBy(people, (p) => Math.floor(p.y / 100)),
    kebab: kebabCase('fooBar baz_Qux'),
    sort: sortBy(people, [(p) => -p.y]).map((p) => p.n),
    merge: merge({ a: { b: 1 } }, { a: { c: [2] } }),
    template: template('hi <%= user %>!')({ user: 'Ada' }),
    uniq: uniqWith([{ a: 1 }, { a: 1 }, { a: 2 }], isEqual),
    get: get({ a: [{ b: { c: 3 } }] }, 'a[0].b.c'),
    copied: [copy.a[1].b.getTime(), copy.m.get(1)],
    debounce: typeof debounce(() => {}, 1).cancel,
  }
}
