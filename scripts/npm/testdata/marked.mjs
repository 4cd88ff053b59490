import { marked, Lexer } from 'marked'

const text = `# Title *one*

- a
- **b** [link](https://example.com "t")
  1. nested

| x | y |
|---|--:|
| 1 | \`2\` |

> quote

\`\`\`js
let a = 1 < 2
\`\`\`
`

export async function run() {
  return {
    html: marked.parse(text),
    inline: marked.parseInline('_a_ ~~b~~ <https://x.example>'),
    kinds: Lexer.lex(text).map((t) => t.type),
    words: marked.parse('**é**ß «*ü*» ～~~ж~~～ 「**漢**」字'),
    async: await marked.parse('# later', { async: true }),
  }
}
