/** What commands print of others' texts on a terminal (CWE-150): the programs themselves, run as an officer runs them. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import { asciiJson } from '../../gateway/core/audit/ascii.ts'

const CLI = new URL('../../gateway/cli/', import.meta.url)
/** Commands that list what officers and parties wrote. */
const LISTING = [
  'incident.ts',
  'legal-hold.ts',
  'hold.ts',
  'lockout.ts',
  'dispute.ts',
  'emergency.ts',
  'party/desk.ts',
  'agreement/life.ts'
]

describe('cli: texts of others on a terminal', () => {
  it('JSON for programs holds no control, mark of direction or line end, for it is read on terminals, too: it is ASCII', () => {
    const text = '\u001b[2J\u009b31m\u202e\u2028\u0085\u007f\ud800 Ünï'
    expect(asciiJson({ text })).to.match(/^[ -~]*$/)
    expect(JSON.parse(asciiJson({ text }))).to.deep.equal({ text })
  })

  it('a command that lists words of others prints them as plain text or as ASCII, and in no other way', () => {
    expect(readdirSync(CLI)).to.include.members(LISTING.filter((file) => !file.includes('/')))
    for (const file of LISTING) {
      const source = readFileSync(new URL(file, CLI), 'utf8')
      expect(source, file).to.match(/printable|asciiJson/)
      expect(source, file).to.not.match(/stdout\.write\([^\n]*JSON\.stringify/)
    }
  })
})
