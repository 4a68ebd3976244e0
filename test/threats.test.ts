/**
 * The threat model (gateway/THREATS.md): each row names what holds the threat and a test that is there, by words of its title that no other text of that file has, and no door or kind
 * of threat is left out. A test that does not run everywhere says in its row what it needs.
 */
import { expect } from 'chai'
import { LEFT_OUT, MAY_SKIP, sourceOf, textsWith } from './support/sources.ts'

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
  readonly title: string
  /** of a test that is skipped without it */
  readonly needs: string | null
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
      const [file = '', named = ''] = shown.split(' › ')
      const [title = '', needs = null] = named.split(' — skipped without ')
      return { door, kind, threat, held: held.replaceAll('`', ''), file: file.replaceAll('`', ''), title, needs }
    })
}

describe('the threat model', () => {
  const rows = rowsOf(sourceOf('../gateway/THREATS.md'))

  it('has each door and each kind of threat (STRIDE), and no other', () => {
    expect([...new Set(rows.map(({ door }) => door))].sort()).to.deep.equal([...DOORS].sort())
    expect([...new Set(rows.map(({ kind }) => kind))].sort().join('')).to.equal('DEIRST')
  })

  for (const { door, kind, threat, held, file, title, needs } of rows)
    it(`${door}, ${kind}: ${threat}`, () => {
      expect(sourceOf(`../gateway/${held}`, `../${held}`), `${held} is gone`).to.not.equal('')
      const test = sourceOf(file)
      expect(title.length, 'words of the title').to.be.greaterThan(11)
      expect(textsWith(test, title), `${file}: ${title}`).to.equal(1)
      expect(test, `${file}: something in it is skipped or alone`).not.to.match(LEFT_OUT)
      expect(MAY_SKIP.test(test), `${file}: what does it need?`).to.equal(needs !== null)
      if (needs !== null) expect(test, `${file} does not ask for ${needs}`).to.include(needs)
    })

  it('a page that lacks a column, or whose test is gone, would fail', () => {
    const [row, other] = rowsOf(
      '| uploads | T | x | `a.ts` | `b.test.ts` › title of it — skipped without prlimit |\n| uploads | T | x | `a.ts` |'
    )
    expect(row).to.deep.equal({
      door: 'uploads',
      kind: 'T',
      threat: 'x',
      held: 'a.ts',
      file: 'b.test.ts',
      title: 'title of it',
      needs: 'prlimit'
    })
    expect([other?.title, sourceOf('b.test.ts')]).to.deep.equal(['', ''])
    const test = "// words of it\nit('words of it', f)\nit('more words', words_of(it))"
    expect([textsWith(test, 'words of it'), textsWith(test, 'words'), textsWith(test, 'words_of')]).to.deep.equal([1, 2, 0])
  })
})
