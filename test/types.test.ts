/** Programs that must not compile, as part of the tests: a stage that can be forged is a hole however green the rest is. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { mustNotCompile } from '../scripts/check/must-not-compile.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

describe('test/types', function () {
  this.timeout(60_000)

  it('every marked line is refused by the compiler, and no other', () => {
    expect(mustNotCompile(ROOT)).to.deep.equal([])
  })

  it('the check itself sees a line that compiles, one that is refused without a mark, and an empty folder', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'sallyport-types-'))
    try {
      expect(mustNotCompile(ROOT, folder)).to.have.length(1)
      await writeFile(join(folder, 'package.json'), '{"type":"module"}')
      await writeFile(join(folder, 'a.ts'), `export const fine = 1 // refused: TS2322\nexport const wrong: string = 1\n`)
      expect(mustNotCompile(ROOT, folder)).to.deep.equal([
        'a.ts:1:2322 should be refused, but compiles',
        'a.ts:2:2322 is refused without a mark'
      ])
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
