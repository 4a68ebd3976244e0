import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { sallyport } from '../support/command.ts'
import { SAFE_HARBOR_PATH } from '../support/profile.ts'

describe('sallyport profile', function () {
  this.timeout(60_000)
  let folder = ''
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'sallyport-test-'))
  })
  after(() => rmSync(folder, { recursive: true }))

  /** A copy of Safe Harbor, changed. */
  function draft(name: string, change: (profile: ReturnType<typeof JSON.parse>) => void): string {
    cpSync(join(SAFE_HARBOR_PATH, '..'), join(folder, name), { recursive: true })
    const path = join(folder, name, 'profile.json')
    const profile = JSON.parse(readFileSync(path, 'utf8'))
    change(profile)
    profile.name = name
    writeFileSync(path, JSON.stringify(profile))
    return path
  }

  it('check: every profile that ships can be run as written, and its cases pass', async () => {
    const ran = await sallyport(['profile', 'check'])
    expect(ran.out)
      .to.match(/safe-harbor can be run as written/)
      .and.match(/limited-data-set can/)
      .and.match(/expert-determination can/)
    expect(ran.out).not.to.match(/[1-9]\d* failed/)
    expect(ran.code).to.equal(0)
  })

  it('check: a case that fails is told by the places that differ, expected and got', async () => {
    const path = draft('no-gender', (profile) => {
      profile.resources.Patient.keep = profile.resources.Patient.keep.filter((name: string) => name !== 'gender')
      profile.resources.Patient.absent.gender = 'For the test.'
    })
    const ran = await sallyport(['profile', 'check', path])
    expect(ran.code).to.equal(1)
    expect(ran.out).to.match(/ {2}released\[0\]\.gender: expected "(fe)?male", got nothing/)
  })

  it('check: of several, faults in one end with 2 and the others are told all the same', async () => {
    const path = draft('bad', (profile) => {
      profile.elements['Patient.nickname'] = profile.elements['Patient.birthDate']
    })
    const ran = await sallyport(['profile', 'check', path, 'safe-harbor'])
    expect(ran.code).to.equal(2)
    expect(ran.out)
      .to.match(/\/elements\/Patient\.nickname: is not an element of FHIR R4/)
      .and.match(/safe-harbor can be run as written/)
  })

  it('explain: one page, the table of the law, the hash, a line to sign; every rule with --full; the same each time', async () => {
    const [page, again, full] = [
      await sallyport(['profile', 'explain', 'safe-harbor']),
      await sallyport(['profile', 'explain', 'safe-harbor']),
      await sallyport(['profile', 'explain', 'safe-harbor', '--full'])
    ]
    expect(page.out).to.equal(again.out)
    expect(page.out.split('\n').length).to.be.below(160)
    expect(page.out).to.match(/^Profile safe-harbor, version \d+\n[0-9a-z:]+/)
    expect(page.out)
      .to.match(/\(A\) Names/)
      .and.match(/\(R\) Any other/)
      .and.match(/Signed/)
    expect(full.out.length).to.be.above(page.out.length * 3)
    expect(page.out.split('\n').every((line) => line.length <= 200)).to.equal(true)
  })

  it('explain --html: one file, nothing from elsewhere, everything escaped', async () => {
    const path = draft('markup', (profile) => {
      profile.title = 'Records <b>& more</b> leave.'
    })
    const ran = await sallyport(['profile', 'explain', path, '--html', join(folder, 'page.html')])
    expect([ran.code, ran.out]).to.deep.equal([0, ''])
    const html = readFileSync(join(folder, 'page.html'), 'utf8')
    expect(html).to.match(/Records &lt;b&gt;&amp; more&lt;\/b&gt; leave\./)
    expect(html).not.to.match(/<script|src=|href=|@import|url\(/)
  })

  it('diff: more leaves ends with 1, less with 0; the same profile differs in nothing', async () => {
    const path = draft('narrower', (profile) => {
      profile.units = profile.units.slice(1)
      profile.codeSystems = profile.codeSystems.filter((row: { system: string }) => !row.system.includes('cvx'))
    })
    const widens = await sallyport(['profile', 'diff', 'safe-harbor', 'limited-data-set'])
    expect([widens.code, /^More leaves$/m.test(widens.out)]).to.deep.equal([1, true])
    expect(widens.out).to.match(/dateTime at \d+ places: kept whole; before, kept as the year\./)
    const narrows = await sallyport(['profile', 'diff', 'safe-harbor', path])
    expect([narrows.code, /It narrows/.test(narrows.out)]).to.deep.equal([0, true])
    expect(narrows.out).to.match(/Code system: .*cvx is listed no more/)
    expect((await sallyport(['profile', 'diff', path, 'safe-harbor'])).code).to.equal(1)
    const same = await sallyport(['profile', 'diff', 'safe-harbor', 'safe-harbor', '--json'])
    expect([same.code, JSON.parse(same.out).direction]).to.deep.equal([0, 'neither'])
  })
})
