/** What stored texts look like on a terminal, and which words of officers are kept. */
import { expect } from 'chai'
import { codeOf } from '../../gateway/core/errors.ts'
import { printable, requireWord } from '../../gateway/core/printable.ts'

const HOSTILE = ['a\nb', 'a\rb', 'a\u001b[1Ab', 'a\u009b1Ab', 'a\u202eb', 'a\u2028b', 'a\u0000b', 'a\ud800b', 'a\u200bb']

describe('core/printable', () => {
  it('a stored text is one line and moves no cursor: controls (C0, C1), marks of direction and line ends become ?', () => {
    for (const text of HOSTILE) expect(printable(text)).to.match(/^a\?(?:\[?1A)?b$/)
    expect(printable('José Müller, 東京: 100 % ✓')).to.equal('José Müller, 東京: 100 % ✓')
  })

  it('a name or a reason with such a character, blank, or too long is refused before it is kept', () => {
    const refusal = (officer: string, reason: string): string => {
      try {
        requireWord({ officer, reason })
        return 'kept'
      } catch (error) {
        return codeOf(error)
      }
    }
    expect(refusal('Test Officer', 'a test')).to.equal('kept')
    expect(refusal('n'.repeat(200), 'r'.repeat(1000))).to.equal('kept')
    for (const text of [...HOSTILE, '', ' '])
      expect([refusal(text, 'a test'), refusal('Test Officer', text)]).to.deep.equal(['bad-request', 'bad-request'])
    expect([refusal('n'.repeat(201), 'r'), refusal('n', 'r'.repeat(1001))]).to.deep.equal(['bad-request', 'bad-request'])
  })
})
