/**
 * `sallyport profile import THEIRS.json`: a configuration of Microsoft's tool as a profile of ours, laid over safe-harbor, with the list of everything it would have let through
 * and of its rules that are not followed as they are. Refuses a configuration with faults, and to write over a file. Keys in the configuration are not read out.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join, resolve } from 'node:path'
import { inspectDocument } from '../../config/profiles.ts'
import { OperatorHint, PolicyError } from '../../core/errors.ts'
import type { RecordDocument } from '../../generated/policy.ts'
import { isTheirs, readDocument } from '../../microsoft/document.ts'
import type { Imported } from '../../microsoft/import.ts'
import { locateRecordProfile } from '../deidentify/locate.ts'

interface Options {
  readonly out?: string
  readonly json?: true
}

const BASE = 'safe-harbor'
const NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/

export async function importTheirs(file: string, options: Options): Promise<void> {
  const imported = await read(file, nameOf(options.out))
  if (options.out !== undefined) write(options.out, imported)
  if (options.json === true) process.stdout.write(`${JSON.stringify(imported, null, 2)}\n`)
  else process.stdout.write(options.out === undefined ? pageOf(imported) : summaryOf(options.out, imported))
}

/** The folder's name is the profile's. */
function nameOf(out: string | undefined): string {
  if (out === undefined) return 'imported'
  const name = basename(resolve(out))
  if (!NAME.test(name)) throw new OperatorHint(`a profile is named as its folder is: lower-case letters, digits and hyphens`)
  return name
}

async function read(file: string, name: string): Promise<Imported> {
  const { readConfiguration } = await import('../../microsoft/read.ts') // brings a FHIRPath library
  const { importConfiguration } = await import('../../microsoft/import.ts')
  const document = readDocument(readFileSync(file))
  if ('faults' in document) throw new PolicyError('policy-invalid', document.faults)
  if (!isTheirs(document.document))
    throw new PolicyError('policy-invalid', [{ path: '/fhirPathRules', message: 'is missing: this is no configuration of that tool' }])
  const configuration = readConfiguration(document.document)
  if ('faults' in configuration) throw new PolicyError('policy-invalid', configuration.faults)
  const { profile: base } = locateRecordProfile(BASE)
  const imported = importConfiguration(configuration.configuration, base, {
    name,
    title: "Imported from a configuration of Microsoft's tool."
  })
  // sound: the schema judges what is written when it is loaded; its rules are judged here
  const { faults } = inspectDocument(imported.profile as RecordDocument, (wanted, version) =>
    wanted === BASE && version === base.version ? (base as RecordDocument) : null
  )
  if (faults.length > 0) throw new PolicyError('policy-invalid', faults)
  return imported
}

function write(out: string, imported: Imported): void {
  mkdirSync(out, { recursive: true })
  const files = [
    ['profile.json', `${JSON.stringify(imported.profile, null, 2)}\n`],
    ['imported.md', pageOf(imported)]
  ] as const
  for (const [name, text] of files) {
    try {
      writeFileSync(join(out, name), text, { flag: 'wx' })
    } catch (error) {
      throw new OperatorHint(`${name} cannot be written there: nothing is written over`, { cause: error })
    }
  }
}

function summaryOf(out: string, { letThrough, differences }: Imported): string {
  return [
    `${join(out, 'profile.json')} lays over ${BASE}: what either takes out is out`,
    `${join(out, 'imported.md')} lists ${letThrough.length} elements the deny-list lets through, and ${differences.length} rules that are not followed as they are`,
    ''
  ].join('\n')
}

/** For people; Markdown. */
function pageOf({ letThrough, differences }: Imported): string {
  const groups = Map.groupBy(letThrough, ({ path }) => path.split('.')[0] ?? '')
  const sections = [...groups].map(([root, entries]) => {
    const rows = entries.map(({ path, as, onlyWhere, here }) => {
      const said = [
        ...(as === null ? [] : [`what any ${as} lets through`]),
        ...(onlyWhere.length === 0 ? [] : [`where rule ${onlyWhere.join(', ')} does not hold`])
      ]
      return `- ${path}${said.length === 0 ? '' : ` (${said.join('; ')})`}${here === null ? '' : ` → ${here}`}`
    })
    return `## ${root}\n\n${rows.join('\n')}\n`
  })
  const rules = differences.map(({ rule, path, method, here }) => `- Rule ${rule}, \`${path}\` ${method}: ${here}`)
  return [
    '# What the deny-list would have let through\n',
    `No rule of it names these ${letThrough.length} elements of FHIR R4, so that tool keeps them. Behind the arrow: what the imported profile does.`,
    'An element stands for all that is in it. Extensions of inner elements, and contained resources, are covered as they are at the resource. Derived fields are not taken over.\n',
    ...sections,
    '# Rules that are not followed as they are\n',
    rules.length === 0 ? 'None.' : rules.join('\n'),
    ''
  ].join('\n')
}
