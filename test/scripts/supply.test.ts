/** What comes with the packages: the lock file, the bill of materials and what is said of known faults. */
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { type Verdict, verdictOf } from '../../scripts/audit.ts'
import { lockFaults, supplyFaults } from '../../scripts/check/supply.ts'
import { billFaults } from '../../scripts/sbom.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const BYTES = Buffer.alloc(64, 7)
const GOOD = { version: '1.0.0', license: 'MIT', integrity: `sha512-${BYTES.toString('base64')}` }
const faultsOf = (changed: object, scripts: readonly string[] = []): string =>
  lockFaults({ packages: { '': {}, 'node_modules/a': { ...GOOD, ...changed } } }, scripts).join('\n')

describe('supply chain', () => {
  it('the lock file: every package has an integrity, a licence of the list, the public registry, and no install script undecided', () => {
    expect(supplyFaults(ROOT)).to.deep.equal([])
  })

  it('each of these is a fault: no or a weak integrity, another host, a licence nobody read, a script at install, no package at all', () => {
    expect(faultsOf({})).to.equal('')
    expect(faultsOf({ integrity: undefined })).to.include('integrity')
    expect(faultsOf({ integrity: 'sha1-2jmj7l5rSw0yVb/vlWAYkK/YBwk=' })).to.include('integrity')
    expect(faultsOf({ resolved: 'https://mirror.example/a.tgz' })).to.include('elsewhere')
    expect(faultsOf({ resolved: 'https://registry.npmjs.org.example/a.tgz' })).to.include('elsewhere')
    for (const license of ['GPL-3.0', 'AGPL-3.0 OR SSPL-1.0', undefined, 'UNLICENSED']) expect(faultsOf({ license })).to.include('licence')
    expect(faultsOf({ license: '(BSD-3-Clause OR GPL-2.0)' })).to.equal('')
    expect(faultsOf({ hasInstallScript: true })).to.include('install')
    expect(faultsOf({ hasInstallScript: true }, ['a'])).to.equal('')
    expect(lockFaults({ packages: {} }, [])).to.have.length(1)
  })

  it('a bill of materials that lacks a package, has one too many or another hash is refused', () => {
    const lock = { packages: { 'node_modules/a': GOOD } }
    const a = { name: 'a', version: '1.0.0', hashes: [{ alg: 'SHA-512', content: BYTES.toString('hex') }] }
    const bill = { bomFormat: 'CycloneDX', specVersion: '1.5', metadata: {}, components: [a] }
    expect(billFaults(bill, lock)).to.deep.equal([])
    expect(billFaults({ ...bill, components: [] }, lock)).to.deep.equal(['a@1.0.0 is not in the bill'])
    expect(billFaults({ ...bill, components: [a, { ...a, name: 'b' }] }, lock)).to.deep.equal(['b@1.0.0 is not in the lock file'])
    expect(billFaults({ ...bill, components: [{ ...a, hashes: [] }] }, lock)).to.deep.equal(['a@1.0.0 has another hash in the bill'])
    expect(billFaults({ ...bill, specVersion: '1.0' }, lock)).to.deep.equal(['the bill is not CycloneDX 1.5'])
  })

  it('an audit has three outcomes: nothing that matters, a high or critical fault, and not checked, for a reason of the network or the registry alone', () => {
    const counts = { info: 0, low: 0, moderate: 0, high: 0, critical: 0, total: 0 }
    const said = (changes: object): Verdict =>
      verdictOf({ code: 0, stdout: JSON.stringify({ metadata: { vulnerabilities: { ...counts, ...changes } } }) })
    expect(said({})).to.deep.equal({ outcome: 'ok', said: 'audit: nothing known' })
    expect(said({ moderate: 2, total: 2 })).to.deep.equal({ outcome: 'ok', said: 'audit: 2 moderate' })
    expect(said({ high: 1, total: 1 })).to.deep.equal({ outcome: 'vulnerable', said: 'audit: 1 high' })
    expect(said({ critical: 1, moderate: 2, total: 3 }).outcome).to.equal('vulnerable')
    const unasked = [
      '{"message":"405 Method Not Allowed","statusCode":405,"error":{"summary":"","detail":""}}',
      '{"statusCode":503,"error":{}}',
      '{"error":{"code":"ENOTFOUND","summary":"request failed"}}',
      '{"error":{"code":"ECONNREFUSED"}}'
    ].map((stdout) => verdictOf({ code: 1, stdout }))
    for (const one of [...unasked, verdictOf({ code: null, stdout: '' })]) {
      expect(one.outcome).to.equal('not checked')
      expect(one.said)
        .to.include('NOT CHECKED')
        .and.include('reason' in one ? one.reason : '?')
    }
  })

  it('what npm says and nobody understands is a failure: nothing, words, half an answer, its own crash, a lock file it cannot read', () => {
    for (const stdout of [
      '',
      'npm error',
      '{}',
      'null',
      '[]',
      '{"error":{}}',
      '{"error":{"code":"ENOLOCK","summary":"This command requires an existing lockfile."}}',
      '{"error":{"code":"ERR_INVALID_ARG_TYPE"}}',
      '{"statusCode":401}',
      '{"metadata":{"vulnerabilities":{}}}',
      '{"metadata":{"vulnerabilities":{"high":"0","critical":"0","total":"0"}}}',
      '{"metadata":{"vulnerabilities":{"low":0,"moderate":0,"high":0,"total":0}}}',
      '{"metadata":{"vulnerabilities":{"low":0,"moderate":0,"high":0,"critical":0'
    ])
      expect(verdictOf({ code: 1, stdout }).outcome, stdout).to.equal('not understood')
  })

  it('CI keeps the bill where it can be collected, with its hash and count said, and runs the audit', () => {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-bill-'))
    try {
      const file = join(folder, 'deep', 'sbom.cdx.json')
      const { status, stdout } = spawnSync(process.execPath, [join(ROOT, 'scripts/sbom.ts'), file], { encoding: 'utf8' })
      const bytes = readFileSync(file)
      const { components } = JSON.parse(bytes.toString()) as { components: readonly unknown[] }
      expect(status).to.equal(0)
      expect(stdout)
        .to.include(`${components.length} packages`)
        .and.include(createHash('sha256').update(bytes).digest('hex'))
        .and.include(file)
      const run = readFileSync(join(ROOT, '.ci/run'), 'utf8')
      expect(run).to.match(/npm run --silent sbom -- "\$\{SALLYPORT_SBOM:-[^"}]+\}" \|\| check=1/)
      expect(run).to.match(/npm run --silent audit \|\| check=1/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
