/** The threat model (gateway/THREATS.md): each row names what holds the threat and a test that is there, and no door or kind of threat is left out. */
import { existsSync, readFileSync } from 'node:fs'
import { expect } from 'chai'

const DOORS = [
  'token endpoint',
  'uploads',
  'exports',
  "officers' sessions",
  'registration',
  'open log',
  'jwks fetch',
  'syslog feed',
  'CLI desk',
  'database',
  'key ring',
  'data folder',
  'worker threads',
  'supply chain',
  'listener'
]

interface Row {
  readonly door: string
  readonly kind: string
  readonly threat: string
  readonly held: string
  readonly file: string
  readonly words: string
}

function rowsOf(page: string): readonly Row[] {
  return page
    .split('\n')
    .filter((line) => /^\| (?!door |-)/.test(line))
    .map((line) => {
      const [door = '', kind = '', threat = '', held = '', shown = ''] = line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim())
      const [file = '', words = ''] = shown.split(' › ')
      return { door, kind, threat, held: held.replaceAll('`', ''), file: file.replaceAll('`', ''), words }
    })
}

function textOf(...paths: readonly string[]): string {
  const found = paths.map((path) => new URL(path, import.meta.url)).find((url) => existsSync(url))
  return found === undefined ? '' : readFileSync(found, 'utf8')
}

describe('the threat model', () => {
  const rows = rowsOf(textOf('../gateway/THREATS.md'))

  it('has each door and each kind of threat (STRIDE), and no other', () => {
    expect([...new Set(rows.map(({ door }) => door))].sort()).to.deep.equal([...DOORS].sort())
    expect([...new Set(rows.map(({ kind }) => kind))].sort().join('')).to.equal('DEIRST')
  })

  for (const { door, kind, threat, held, file, words } of rows)
    it(`${door}, ${kind}: ${threat}`, () => {
      expect(textOf(`../gateway/${held}`, `../${held}`), `${held} is gone`).to.not.equal('')
      const test = textOf(file)
      expect(words.length, 'words of the test').to.be.greaterThan(6)
      expect(test, `${file}: the test is gone`).to.include(words)
      expect(test, `${file}: something in it is skipped or alone`).not.to.match(/\b(?:it|describe)\.(?:skip|only)\(/)
    })

  it('a page that lacks a column, or whose test is gone, would fail', () => {
    const [row] = rowsOf('| uploads | T | x | `a.ts` | `b.test.ts` › words of it |')
    expect(row).to.deep.equal({ door: 'uploads', kind: 'T', threat: 'x', held: 'a.ts', file: 'b.test.ts', words: 'words of it' })
    expect(textOf('b.test.ts')).to.equal('')
  })
})
