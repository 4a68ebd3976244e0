/** Texts of others on a terminal or in an officer's list. */
import { expect } from 'chai'
import { printable, requireWord } from '../../gateway/core/printable.ts'

const HOSTILE: readonly (readonly [what: string, text: string])[] = [
  ['CR and LF', 'a\r\nsallyport: all is well'],
  ['an ANSI escape that clears the screen', '\u001b[2Ja'],
  ['an ANSI escape that renames the terminal', '\u001b]0;a\u0007'],
  ['the one-byte CSI of C1', '\u009b31ma'],
  ['a backspace over what stood there', 'refused\b\b\b\b\b\b\bpassed '],
  ['NUL', 'a\0b'],
  ['DEL', 'a\u007fb'],
  ['the line ends of Unicode', 'a\u2028b\u2029c\u0085d'],
  ['marks of direction', 'a\u202eb\u2066c\u200fd\u061ce'],
  ['what no one sees', 'a\u200bb\ufeffc\u00add'],
  ['half a surrogate pair', 'a\ud800b'],
  ['tags that a reader takes for text', 'a\u{e0041}b']
]

describe('core/printable', () => {
  it('controls, escapes, marks of direction and line ends become ?', () => {
    for (const [what, text] of HOSTILE) {
      const shown = printable(text)
      expect(shown, what).to.include('?')
      expect(shown, what).to.match(/^[^\p{C}\u2028\u2029]*$/u)
    }
    expect(printable('Ünïcødé, 日本語, "quoted"')).to.equal('Ünïcødé, 日本語, "quoted"')
  })

  it('a name or a reason that holds one is refused before it is kept (bad-request)', () => {
    for (const [what, text] of HOSTILE) {
      expect(() => requireWord({ officer: text, reason: 'a reason' }), what)
        .to.throw()
        .with.property('code', 'bad-request')
      expect(() => requireWord({ officer: 'kim-reviewer', reason: text }), what)
        .to.throw()
        .with.property('code', 'bad-request')
    }
    expect(() => requireWord({ officer: 'kim-reviewer', reason: 'x'.repeat(1001) }))
      .to.throw()
      .with.property('code', 'bad-request')
    requireWord({ officer: 'kim-reviewer', reason: 'as agreed' })
  })
})
