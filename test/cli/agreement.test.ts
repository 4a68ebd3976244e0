/** `sallyport agreement`: what it prints and with which number it ends. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { onCopy, POLICIES, spoil } from '../support/policies.ts'

const SALLYPORT = fileURLToPath(new URL('../../gateway/cli.ts', import.meta.url))
const SEALED = 'agreements/demo-safe-harbor'

function sallyport(...words: readonly string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--disable-warning=ExperimentalWarning', SALLYPORT, ...words], {
    encoding: 'utf8'
  })
  return { status, stdout, stderr }
}

describe('sallyport agreement', () => {
  it('check: a good agreement ends with 0, its hash and its cases', () => {
    const { status, stdout } = sallyport('agreement', 'check', join(POLICIES, SEALED))
    expect(stdout).to.match(/can be enforced as written: sha256:[0-9a-f]{64}\n\d\d cases, 0 failed/)
    expect(status).to.equal(0)
  })

  it('check: faults end with 2 and are all named, as JSON too', () => {
    onCopy((dir) => {
      spoil(dir, `${SEALED}/agreement.json`, '"k": 3', '"kk": 3')
      const { status, stdout } = sallyport('agreement', 'check', join(dir, SEALED, 'agreement.json'), '--json')
      expect(status).to.equal(2)
      const report = JSON.parse(stdout)
      expect(report).to.include({ valid: false, hash: null, withinItsDays: null })
      expect(report, 'nobody approved it').not.to.have.property('inForce')
      expect(report.faults).to.deep.include({ path: '/kk', message: 'is not a known key; the nearest is k' })
    })
  })

  it('check: a golden case that fails ends with 1 and says what came instead', () => {
    onCopy((dir) => {
      spoil(dir, `${SEALED}/cases/recipient-fetches.json`, '"permit"', '"deny"')
      const { status, stdout } = sallyport('agreement', 'check', join(dir, SEALED))
      expect(status).to.equal(1)
      expect(stdout).to.include('cases/recipient-fetches.json').and.include('got {"verdict":"permit"}')
    })
  })

  it('explain: sentences to sign, and the same as JSON with the hash', () => {
    const text = sallyport('agreement', 'explain', join(POLICIES, SEALED))
    expect(text.status).to.equal(0)
    expect(text.stdout).to.include('Demo Hospital').and.include('Signed (name, office, date)')
    const json = JSON.parse(sallyport('agreement', 'explain', join(POLICIES, SEALED), '--json').stdout)
    expect(json.hash).to.match(/^sha256:/)
    for (const { sentences } of json.sections) for (const sentence of sentences) expect(text.stdout).to.include(sentence)
  })

  it('explain: an agreement that would not load is not explained', () => {
    onCopy((dir) => {
      spoil(dir, `${SEALED}/agreement.json`, '"P1Y"', '"P1D"')
      const { status, stdout, stderr } = sallyport('agreement', 'explain', join(dir, SEALED))
      expect({ status, stdout }).to.deep.equal({ status: 2, stdout: '' })
      expect(stderr).to.include('[policy-invalid]').and.include('attestation')
    })
  })

  it('a draft elsewhere is checked against the policies that --policies names', () => {
    onCopy((dir) => {
      const { status } = sallyport('agreement', 'check', join(dir, SEALED), '--policies', POLICIES)
      expect(status).to.equal(0)
    })
  })

  it('--help shows examples and exit codes', () => {
    expect(sallyport('agreement', 'check', '--help').stdout)
      .to.include('Examples:')
      .and.include('Exit codes:')
  })

  it('a file that is not there ends with 2', () => {
    expect(sallyport('agreement', 'check', join(POLICIES, 'agreements/none/agreement.json')).status).to.equal(2)
  })
})
