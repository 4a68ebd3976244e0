/**
 * `sallyport agreement export ID|FILE --as consent|contract`: the agreement as a FHIR R4 resource, made from the object the engine runs. By its id it is the version in
 * force here, with its state and who signed it; a file is a draft, and nobody has signed it. Refuses an agreement with faults.
 */
import { existsSync } from 'node:fs'
import { Command, Option } from 'commander'
import { certificateOf } from '../../core/agreement/certificate.ts'
import { consentOf } from '../../core/agreement/fhir/consent.ts'
import { contractOf, type Signed } from '../../core/agreement/fhir/contract.ts'
import type { Around, Exported } from '../../core/agreement/fhir/words.ts'
import { profileOf } from '../../core/agreement/policies.ts'
import { PolicyError } from '../../core/errors.ts'
import { atDesk } from '../desk.ts'
import { inspectFile } from './locate.ts'
import { save } from './new.ts'

const EXAMPLES = `
Examples:
  npx sallyport agreement export demo-safe-harbor --as consent
  npx sallyport agreement export draft/readmissions --as contract --out readmissions-contract.json

Exit codes: 0 done; 2 faults, a wrong option, or a file that is there; 3 no such agreement is in force here.`

interface Exporting {
  readonly as: 'consent' | 'contract'
  readonly out?: string
  readonly json?: true
  readonly policies?: string
}

interface Found {
  readonly entry: Exported
  readonly around: Around
  readonly signed: readonly Signed[]
}

function draftAt(file: string, policies: string | undefined): Found {
  const { agreement, around, faults } = inspectFile(file, policies)
  if (agreement === null || faults.length > 0) throw new PolicyError('policy-invalid', faults)
  return { entry: agreement, around, signed: [] }
}

async function standing(id: string, policies: string | undefined): Promise<Found> {
  const { inForceHere } = await import('../../exchange/agreement/in-force.ts')
  const { inspectSurroundings } = await import('../../config/policies.ts')
  const { signaturesOf } = await import('../../exchange/agreement/agreement-signatures.ts')
  return atDesk(async ({ pool, policiesDir, account }) => {
    const { policies: around, faults } = inspectSurroundings(policies ?? policiesDir)
    if (faults.length > 0) throw new PolicyError('policy-invalid', faults)
    const found = await inForceHere(pool, id)
    const profile = profileOf(around, found.agreement)?.profile
    const entry = { ...found, certificate: profile === undefined ? null : certificateOf(profile) }
    return { entry, around, signed: await signaturesOf(pool, { agreement: id, hash: found.hash }, { account, at: new Date() }) }
  })
}

async function write(named: string, { as, out, policies, json }: Exporting): Promise<void> {
  const { entry, around, signed } = existsSync(named) ? draftAt(named, policies) : await standing(named, policies)
  const resource = as === 'consent' ? consentOf(entry, around) : contractOf(entry, around, signed)
  const text = `${JSON.stringify(resource, null, 2)}\n`
  if (out !== undefined) save(out, text)
  if (out === undefined || json === true) process.stdout.write(text)
}

export function exportCommand(): Command {
  return new Command('export')
    .description('the agreement as a FHIR R4 Consent or Contract')
    .argument('<agreement>', 'the id of one in force here; or a draft: an agreement.json or its folder')
    .addOption(new Option('--as <form>', 'which resource').choices(['consent', 'contract']).makeOptionMandatory())
    .option('--out <file>', 'where to write it; printed otherwise')
    .option('--policies <dir>', 'the folder with parties/ and profiles/')
    .option('--json', 'print JSON, with --out too; without it, it is printed only where no file is named')
    .addHelpText('after', EXAMPLES)
    .action(write)
}
