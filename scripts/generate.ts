/**
 * Makes every file of gateway/generated from schemas and from HL7's publications. With --check it writes nothing and fails when a file differs
 * from what would be made, or when the folder holds a file that nobody makes.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fhirTypes } from './generate/fhir-types.ts'
import { fhirValidate, fhirValidateTypes } from './generate/fhir-validate.ts'
import { policyTypes } from './generate/policy-types.ts'
import { terms } from './generate/terms.ts'
import { wordLicences } from './generate/word-licences.ts'
import { words } from './generate/words.ts'

const FOLDER = new URL('../gateway/generated/', import.meta.url)

const MAKERS: ReadonlyMap<string, () => string | Promise<string>> = new Map<string, () => string | Promise<string>>([
  ['fhir-types.ts', fhirTypes],
  ['fhir-validate.js', fhirValidate],
  ['fhir-validate.d.ts', fhirValidateTypes],
  ['policy.ts', policyTypes],
  ['terms.ts', terms],
  ['words/words.txt', words],
  ['words/licences.txt', wordLicences]
])

const FOLDERS: ReadonlySet<string> = new Set(['words'])

function present(name: string): string | null {
  try {
    return readFileSync(new URL(name, FOLDER), 'utf8')
  } catch {
    return null
  }
}

/** The names of files that differ, or that nobody makes. Writes the former unless `mode` is 'check'. */
async function generate(mode: 'check' | 'write'): Promise<string[]> {
  const differing = readdirSync(FOLDER, { recursive: true, encoding: 'utf8' }).filter((name) => !FOLDERS.has(name) && !MAKERS.has(name))
  for (const [name, make] of MAKERS) {
    const text = await make()
    if (present(name) === text) continue
    differing.push(name)
    if (mode === 'write') writeFileSync(new URL(name, FOLDER), text)
  }
  return differing
}

const mode = process.argv.includes('--check') ? 'check' : 'write'
const differing = await generate(mode)
if (differing.length === 0) console.log(`gateway/generated: ${MAKERS.size} files as they should be`)
else if (mode === 'write') console.log(`gateway/generated: wrote or found unknown ${differing.join(', ')}`)
else {
  console.error(`gateway/generated: ${differing.join(', ')} differ: run npm run generate`)
  process.exitCode = 1
}
