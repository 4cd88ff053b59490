import { z } from 'zod'

const user = z.object({
  name: z.string().min(2),
  email: z.email(),
  age: z.number().int().positive().optional(),
  tags: z.array(z.enum(['a', 'b'])).default([]),
  when: z.coerce.date().transform((d) => d.toISOString()),
})
type User = z.infer<typeof user>

export function run() {
  const good: User = user.parse({ name: 'Ada', email: 'ada@example.com', tags: ['b'], when: 0 })
  const bad = user.safeParse({ name: 'A', email: 'nowhere', age: -1.5, tags: ['c'], when: 'never' })
  const shape = z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('circle'), r: z.number() }),
    z.object({ kind: z.literal('box'), w: z.number(), h: z.number() }),
  ])
  return {
    good,
    issues: bad.success ? [] : bad.error.issues.map((i) => [i.code, i.path.join('.'), i.message]),
    shape: shape.parse({ kind: 'box', w: 1, h: 2, extra: true }),
    emoji: ['👍🏽', '☃', '12', 'é', '🇫🇷'].map((s) => z.emoji().safeParse(s).success),
    refused: shape.safeParse({ kind: 'line' }).success,
  }
}
