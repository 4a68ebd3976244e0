/** `sallyport agreement new` and `export` on files: what they write, what they refuse, and with which number they end. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { after } from 'mocha'
import { POLICIES } from '../support/policies.ts'
import { r4Faults } from '../support/r4-faults.ts'

const SALLYPORT = fileURLToPath(new URL('../../gateway/cli.ts', import.meta.url))

function agreement(...words: readonly string[]) {
  const all = ['--disable-warning=ExperimentalWarning', SALLYPORT, 'agreement', ...words]
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: 'utf8' })
  return { status, stdout, stderr }
}

function draft(id: string, changes: Readonly<Record<string, string>> = {}) {
  const options = { source: 'demo-hospital', recipient: 'demo-insurer', purpose: 'HOUTCOMS', mode: 'aggregate-only', policies: POLICIES }
  return agreement('new', id, ...Object.entries({ ...options, ...changes }).flatMap(([name, value]) => [`--${name}`, value]))
}

describe('sallyport agreement new', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-new-'))
  after(() => rmSync(folder, { recursive: true }))

  for (const [mode, faults] of [
    ['aggregate-only', []],
    ['expert-determination', []],
    ['safe-harbor', ['/noActualKnowledge']],
    ['limited-data-set', ['/dataUseAgreement']]
  ] as const)
    it(`a draft of ${mode} lacks only what a person must attest: ${faults.join() || 'nothing'}; and that is told`, () => {
      const out = join(folder, mode, 'agreement.json')
      const made = draft(mode, { mode, out })
      expect({ status: made.status, stdout: made.stdout }, made.stderr).to.deep.equal({ status: 0, stdout: '' })
      const checked = JSON.parse(agreement('check', out, '--policies', POLICIES, '--json').stdout)
      expect(checked.faults.map(({ path }: { path: string }) => path)).to.deep.equal(faults)
      for (const path of [...faults, '/legalReference', '/resources', '/recipientHolds']) expect(made.stderr).to.include(`  ${path}: `)
    })

  it('it denies by default: few elements, no category, no event from before, a recipient taken to hold claims', () => {
    const { stdout } = draft('quiet')
    expect(JSON.parse(stdout)).to.deep.include({
      id: 'quiet',
      version: 1,
      resources: { Patient: ['gender'], Encounter: ['status', 'class', 'subject', 'period'] },
      categories: { granted: [] },
      recipientHolds: ['Claim', 'ClaimResponse', 'Coverage', 'ExplanationOfBenefit'],
      suppressionLimit: 0,
      noActualKnowledge: null,
      dataUseAgreement: null
    })
  })

  for (const [what, id, changes] of [
    ['an id that climbs out of its folder', '../up', {}],
    ['an id in capitals', 'Readmissions', {}],
    ['a huge id', 'a'.repeat(100_000), {}],
    ['a hospital that is none', 'x', { source: 'demo-insurer' }],
    ['a recipient nobody knows', 'x', { recipient: 'nobody' }],
    ['a purpose that is none', 'x', { purpose: 'PROFIT' }],
    ['a mode that is none', 'x', { mode: 'none' }]
  ] as const)
    it(`${what} is refused: 2, and nothing is written`, () => {
      const out = join(folder, 'refused', 'agreement.json')
      expect(draft(id, { ...changes, out }).status).to.equal(2)
      expect(existsSync(out)).to.equal(false)
    })

  it('as JSON: the text, and what is left to fill in, on one output', () => {
    const made = agreement(
      ...['new', 'told', '--source', 'demo-hospital', '--recipient', 'demo-insurer', '--purpose', 'HOUTCOMS'],
      ...['--mode', 'safe-harbor', '--policies', POLICIES, '--json']
    )
    const { agreement: text, left } = JSON.parse(made.stdout) as { agreement: { id: string }; left: { path: string }[] }
    expect([made.status, made.stderr, text.id, left[0]?.path]).to.deep.equal([0, '', 'told', '/noActualKnowledge'])
  })

  it('what is there is never written over', () => {
    const out = join(folder, 'once', 'agreement.json')
    expect(draft('once', { out }).status).to.equal(0)
    const first = readFileSync(out, 'utf8')
    expect(draft('other', { out }).status).to.equal(2)
    expect(readFileSync(out, 'utf8')).to.equal(first)
  })
})

describe('sallyport agreement export', function () {
  this.timeout(60_000)
  const shipped = join(POLICIES, 'agreements/demo-safe-harbor')

  for (const [as, type, status] of [
    ['consent', 'Consent', 'draft'],
    ['contract', 'Contract', 'negotiable']
  ] as const)
    it(`a file as ${type}: valid R4, a draft that nobody signed`, () => {
      const made = agreement('export', shipped, '--as', as)
      expect(made.status, made.stderr).to.equal(0)
      const resource = JSON.parse(made.stdout)
      expect(r4Faults(resource)).to.deep.equal([])
      expect({ type: resource.resourceType, status: resource.status, signer: resource.signer }).to.deep.equal({
        type,
        status,
        signer: undefined
      })
    })

  it('another form, a file that is not there, and an agreement with faults are refused', () => {
    expect(agreement('export', shipped, '--as', 'odrl').status).to.equal(2)
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-export-'))
    const out = join(folder, 'agreement.json')
    try {
      expect(draft('unattested', { mode: 'safe-harbor', out }).status).to.equal(0)
      const refused = agreement('export', out, '--as', 'consent', '--policies', POLICIES)
      expect({ status: refused.status, stdout: refused.stdout }).to.deep.equal({ status: 2, stdout: '' })
      expect(refused.stderr).to.include('[policy-invalid]')
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
