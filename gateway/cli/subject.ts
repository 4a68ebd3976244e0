/** `sallyport subject forget`: unlinks a patient from all that was released of it, for good; its no to everything stays. Goes on where it was stopped. */
import { Command } from 'commander'
import { RequestError } from '../core/errors.ts'
import { atDesk } from './desk.ts'
import { EXIT } from './failures.ts'
import { patients } from './from-stdin.ts'
import { withWord } from './hold.ts'
import { policiesHere } from './known-parties.ts'

const EXAMPLES = `
In this order: the patient is opted out of everything (what nobody received is withdrawn and cut again, recipients are told which surrogates to delete), then
unlinked from its surrogates. What an accounting of disclosures needs is kept for its six years. It cannot be taken back, nor can the patient opt in again.
Ends with 75 while datasets of the hospital are being made: run the same command again.

Example (echo Patient/123 | … --patient - keeps the name out of the list of processes):
  npx sallyport subject forget --party demo-hospital --patient Patient/123 --officer "Privacy Office" --reason "request of March 1"

Exit codes: 0 forgotten; 1 refused; 2 a wrong option, party or patient; 75 datasets are being made: run the same again.`

interface Options {
  readonly party: string
  readonly patient: readonly string[]
  readonly officer: string
  readonly reason: string
  readonly json?: true
}

async function forget({ party, patient, officer, reason, json }: Options): Promise<void> {
  const { forgetSubject } = await import('../exchange/consent/forget.ts')
  const { patientOf } = await import('../exchange/consent/opt-outs.ts')
  const done = await atDesk(async ({ pool, ring, policiesDir, account }) => {
    const { parties } = await policiesHere({ pool, policiesDir })
    const hospital = parties.get(party)
    if (hospital?.role !== 'hospital') throw new RequestError('bad-request', 'There is no such hospital among the parties.')
    const named = patient.map((text) => patientOf(party, text, hospital.fhirBases))
    return forgetSubject(
      { pool, ring },
      { party, patients: named, officer, reason, account, at: new Date(), parties: new Set(parties.keys()) }
    )
  })
  if (json === true) process.stdout.write(`${JSON.stringify(done)}\n`)
  else if (done.state === 'begun')
    process.stdout.write('Opted out of everything. Datasets of the hospital are being made: run the same again to unlink the patient.\n')
  else process.stdout.write(`Forgotten: ${done.unlinked} surrogates unlinked, ${done.withdrawn} datasets withdrawn.\n`)
  if (done.state === 'begun') process.exitCode = EXIT.temporary
}

export function command(): Command {
  const subject = new Command('subject').description('what is known of a patient').addHelpText('after', EXAMPLES)
  withWord(
    subject
      .command('forget')
      .description('unlink a patient from what was released, for good')
      .requiredOption('--party <id>', 'the hospital whose patient it is')
      .requiredOption(
        '--patient <id>',
        'as the records name it: 123, Patient/123; - reads it from standard input; may be given more than once, for one patient',
        patients
      )
  )
    .option('--json', 'one JSON object')
    .action(forget)
  for (const each of subject.commands) each.addHelpText('after', EXAMPLES)
  return subject
}
