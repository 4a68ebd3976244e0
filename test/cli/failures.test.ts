/** The command line: exit codes and sentences; what a library says is not repeated. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { EXIT, exitCodeOf, sentencesOf } from '../../gateway/cli/failures.ts'
import { IntegrityError, OperatorHint, PolicyError, RequestError, UpstreamError } from '../../gateway/core/errors.ts'

const CLI = fileURLToPath(new URL('../../gateway/cli.ts', import.meta.url))

function sallyport(words: readonly string[], env: Record<string, string> = {}): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [CLI, ...words], { encoding: 'utf8', env })
}

describe('cli', () => {
  const rows: readonly (readonly [unknown, number])[] = [
    [new PolicyError('policy-invalid'), EXIT.usage],
    [new IntegrityError('hash-mismatch'), EXIT.denied],
    [new UpstreamError('database-unavailable'), EXIT.temporary],
    [new RequestError('agreement-expired'), EXIT.denied],
    [new RequestError('token-expired'), EXIT.denied],
    [new RequestError('bad-request'), EXIT.usage],
    [new RequestError('too-many-requests'), EXIT.temporary],
    [new RequestError('not-json'), EXIT.failure],
    [Object.assign(new Error('x'), { code: 'ENOENT' }), EXIT.usage],
    [Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), EXIT.temporary],
    [Object.assign(new Error('x'), { code: 'EAI_AGAIN' }), EXIT.temporary],
    [Object.assign(new Error('x'), { code: 'ENOTFOUND' }), EXIT.failure],
    [new TypeError('x'), EXIT.failure],
    ['x', EXIT.failure]
  ]
  for (const [error, code] of rows) {
    it(`${error instanceof Error ? `${error.name} ${'code' in error ? String(error.code) : ''}` : 'anything else'} ends with ${code}`, () => {
      expect(exitCodeOf(error)).to.equal(code)
    })
  }

  it('of a foreign error neither the message nor the cause is repeated (they may hold what came from outside)', () => {
    const foreign = Object.assign(new Error('row (Ann)'), { code: '23505' })
    const said = [
      foreign,
      new UpstreamError('database-unavailable', 5, foreign),
      new RequestError('not-found', 'Try again.', foreign)
    ].flatMap(sentencesOf)
    expect(said.join('\n')).to.contain('(23505)').and.to.contain('Try again.')
    expect(said.join('\n')).to.not.contain('Ann')
    expect(sentencesOf(new UpstreamError('database-unavailable', 5, new OperatorHint('Set it up.')))).to.include('Set it up.')
  })

  it('an unknown command names the nearest one; help lists all; both load nothing else', () => {
    const wrong = sallyport(['sreve'])
    expect(wrong).to.include({ status: EXIT.usage, stdout: '' })
    expect(wrong.stderr).to.contain("'serve'")
    const help = sallyport(['--help'])
    expect(help.status).to.equal(EXIT.success)
    expect(help.stdout).to.contain('synthesize')
  })

  it('an unknown option is usage (2); a command’s own help is not a failure', () => {
    expect(sallyport(['config', '--varables']).status).to.equal(EXIT.usage)
    expect(sallyport(['config', '--help']).status).to.equal(EXIT.success)
  })

  it('sallyport config prints what is in force and hides secrets; with faults it prints all of them and ends with 2', () => {
    const fine = sallyport(['config'], { DATABASE_URL: 'postgres://a:hunter2@db/x', SALLYPORT_PORT: '9000' })
    expect(fine.status).to.equal(EXIT.success)
    expect(JSON.parse(fine.stdout)).to.include({ port: 9000, database: '[secret]' })
    expect(fine.stdout + fine.stderr).to.not.contain('hunter2')
    const wrong = sallyport(['config'], { SALLYPORT_PORT: 'x', SALLYPORT_WORKERS: '0' })
    expect(wrong.status).to.equal(EXIT.usage)
    expect(wrong.stderr).to.contain('[config-invalid]').and.to.contain('SALLYPORT_PORT').and.to.contain('SALLYPORT_WORKERS')
  })
})
