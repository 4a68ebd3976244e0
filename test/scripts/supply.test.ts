/** What comes with the packages: the lock file, the bill of materials and what is said of known faults. */
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { verdictOf } from '../../scripts/audit.ts'
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

  it('an audit that could not ask says so and is no failure; a high or critical fault is one, a moderate one is told', () => {
    for (const output of ['', 'npm error', '{"message":"405 Method Not Allowed"}', '{"error":{}}'])
      expect(verdictOf(output)).to.deep.equal({ ok: true, said: 'audit: not checked: registry unreachable' })
    const said = (vulnerabilities: object) => verdictOf(JSON.stringify({ metadata: { vulnerabilities } }))
    expect(said({ high: 0, critical: 0, total: 0 })).to.deep.equal({ ok: true, said: 'audit: nothing known' })
    expect(said({ moderate: 2, total: 2 })).to.deep.equal({ ok: true, said: 'audit: 2 moderate' })
    expect(said({ high: 1, total: 1 })).to.deep.equal({ ok: false, said: 'audit: 1 high' })
  })
})
