import Handlebars from 'handlebars'

export function run() {
  Handlebars.registerHelper('loud', (s) => s.toUpperCase())
  Handlebars.registerPartial('row', '<li>{{name}}{{#if note}} ({{note}}){{/if}}</li>')
  const page = Handlebars.compile('{{#each rows}}{{> row}}{{else}}none{{/each}} {{loud title}} {{{raw}}} {{escaped}} {{@root.title}}')
  return {
    page: page({ title: 'list', raw: '<i>', escaped: '<b> & "q"', rows: [{ name: 'a', note: 1 }, { name: 'b' }] }),
    none: page({ title: 't', rows: [] }),
  }
}
