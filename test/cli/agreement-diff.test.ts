/** `sallyport agreement diff`: what it prints of two files, and with which number it ends. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { onCopy, POLICIES, spoil } from '../support/policies.ts'

const SALLYPORT = fileURLToPath(new URL('../../gateway/cli.ts', import.meta.url))
const SEALED = 'agreements/demo-safe-harbor'

function diff(...words: readonly string[]) {
  const all = ['--disable-warning=ExperimentalWarning', SALLYPORT, 'agreement', 'diff', ...words]
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: 'utf8' })
  return { status, stdout, stderr }
}

const here = join(POLICIES, SEALED)

describe('sallyport agreement diff', () => {
  it('the same text is neither, and ends with 0', () => {
    const { status, stdout } = diff(here, here)
    expect({ status, stdout }).to.deep.equal({
      status: 0,
      stdout: 'demo-safe-harbor 1 → demo-safe-harbor 1\nIt does neither: what leaves is the same.\n'
    })
  })

  it('a change that widens ends with 1 and is said with its days; the other way round it narrows, and ends with 0', () => {
    onCopy((dir) => {
      spoil(dir, `${SEALED}/agreement.json`, '"k": 3', '"k": 2')
      const changed = join(dir, SEALED)
      const wider = diff(here, changed)
      expect(wider.status).to.equal(1)
      expect(wider.stdout).to.include('Widens\n  How many patients must look alike (k): 2, not 3. (from 2020-01-01 to 2040-01-01)')
      const back = diff(changed, here)
      expect(back.status, 'groups that are made coarser may let out who was alone').to.equal(1)
      expect(back.stdout).to.include('Narrows\n  How many patients must look alike (k): 3, not 2.')
      spoil(dir, `${SEALED}/agreement.json`, '"k": 2', '"k": 3')
      spoil(dir, `${SEALED}/agreement.json`, '"expires": "2040-01-01"', '"expires": "2040-01-02"')
      expect(diff(here, changed).status).to.equal(1)
      const narrower = diff(changed, here, '--json')
      expect(narrower.status).to.equal(0)
      const report = JSON.parse(narrower.stdout)
      expect(report.direction).to.equal('narrows')
      expect(report.changes).to.deep.equal([
        { direction: 'narrows', sentence: 'It is in force no more.', days: [['2040-01-01', '2040-01-02']] }
      ])
      expect(report.old.hash).not.to.equal(report.new.hash)
    })
  })

  it('an agreement with faults is not compared: 2', () => {
    onCopy((dir) => {
      spoil(dir, `${SEALED}/agreement.json`, '"k": 3', '"k": 0')
      const { status, stdout, stderr } = diff(here, join(dir, SEALED))
      expect({ status, stdout }).to.deep.equal({ status: 2, stdout: '' })
      expect(stderr).to.include('[policy-invalid]')
    })
  })

  for (const [says, text] of [
    ['no JSON', '{'],
    ['another document', '{"id":"demo-safe-harbor"}'],
    ['a member twice', '{"id":"a","id":"b"}']
  ] as const) {
    it(`${says} is refused: 2`, () => {
      onCopy((dir) => {
        const folder = join(dir, 'agreements', 'draft')
        mkdirSync(folder)
        cpSync(join(dir, SEALED), folder, { recursive: true })
        writeFileSync(join(folder, 'agreement.json'), text)
        expect(diff(here, folder).status).to.equal(2)
      })
    })
  }
})
