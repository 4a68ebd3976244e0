/** What the gateway says of faults that nobody caught: their class, and never their words. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const PROGRAM = fileURLToPath(new URL('../support/fault-program.ts', import.meta.url))

describe('cli/serve', () => {
  it('a second fault while it stops ends it at once: neither message nor stack is printed', () => {
    const began = performance.now()
    const ran = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM], { encoding: 'utf8', timeout: 60_000 })
    expect(ran.status).to.equal(1)
    expect(ran.stderr).to.contain('(TypeError)').and.to.contain('(SyntaxError)')
    expect(ran.stderr.trim().split('\n')).to.have.length(2)
    expect(`${ran.stdout}${ran.stderr}`).to.not.match(/Invented|JSON|\bat\b/)
    expect(performance.now() - began, 'it does not wait for the stop').to.be.below(5000)
  })
})
