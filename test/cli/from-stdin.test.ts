/** Patients and words of a dispute need not stand on a command line, which every account of the machine can read. */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'

const CLI = fileURLToPath(new URL('../../gateway/cli.ts', import.meta.url))
const PARSERS = new URL('../../gateway/cli/from-stdin.ts', import.meta.url).href
const WORD = ['--officer', 'Test Officer', '--reason', 'a test']
const FLAGS = ['--disable-warning=ExperimentalWarning']

function sallyport(words: readonly string[], input = ''): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [...FLAGS, CLI, ...words], { encoding: 'utf8', input })
}

function parsed(call: string, input: string): unknown {
  const program = `import * as parsers from '${PARSERS}'; console.log(JSON.stringify(parsers.${call}))`
  const ran = spawnSync(process.execPath, [...FLAGS, '--input-type=module', '-e', program], { encoding: 'utf8', input })
  return JSON.parse(ran.stdout)
}

describe('cli/from-stdin', () => {
  it('- is standard input, one patient a line; anything else is itself', () => {
    expect(parsed("patients('-')", 'Patient/1\r\n\n  urn:uuid:2 \n')).to.deep.equal(['Patient/1', 'urn:uuid:2'])
    expect(parsed("patients('3', ['1'])", 'Patient/1')).to.deep.equal(['1', '3'])
    expect(parsed("onePatient('-')", 'Patient/1\n')).to.equal('Patient/1')
    expect(parsed("fromStdin('-')", 'two\nlines\n')).to.equal('two\nlines')
  })

  it('an input that names nobody, or more than one where one is suspended, is refused before anything is done', () => {
    const nobody = sallyport(['subject', 'forget', '--party', 'demo-hospital', '--patient', '-', ...WORD], ' \n')
    expect([nobody.status, nobody.stderr.includes('empty')]).to.deep.equal([2, true])
    const days = ['--recipient', 'demo-research', '--from', '2026-01-01', '--to', '2026-06-30']
    const two = sallyport(['accounting', 'suspend', '--source', 'demo-hospital', '--patient', '-', ...days, ...WORD], '1\n2\n')
    expect([two.status, two.stderr.includes('names one patient')]).to.deep.equal([2, true])
    expect(two.stderr).to.not.match(/\b2\b.*\b1\b/)
  })

  for (const command of ['consent opt-out', 'consent opt-in', 'subject forget', 'accounting make', 'accounting suspend', 'dispute open'])
    it(`sallyport ${command} --help says so`, () => {
      expect(sallyport([...command.split(' '), '--help']).stdout.replaceAll(/\s+/g, ' ')).to.contain('from standard input')
    })

  it('a name or a reason that could forge a line of a list is refused at the desk, too', () => {
    const forged = sallyport(['hold', 'refuse', 'x', '--officer', 'Test Officer', '--reason', 'ok\n2026-01-01  released'])
    expect([forged.status, forged.stderr.includes('[bad-request]')]).to.deep.equal([2, true])
  })
})
