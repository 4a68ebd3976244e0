/**
 * What the lock file lets in: every package with an integrity, from the public registry alone, under a licence that Apache-2.0 work may be shipped or built with, its install scripts
 * decided in package.json (`allowScripts`). Refuses what is not on these lists; decides nothing of known faults, which `npm audit` does.
 */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export interface Locked {
  readonly version?: string
  readonly resolved?: string
  readonly integrity?: string
  readonly license?: string
  readonly hasInstallScript?: boolean
  readonly dev?: boolean
}

export interface LockFile {
  readonly packages: Readonly<Record<string, Locked>>
}

/** SPDX names. */
const LICENCES = [
  'MIT',
  'Apache-2.0',
  'ISC',
  'BSD-2-Clause',
  'BSD-3-Clause',
  '0BSD',
  'BlueOak-1.0.0',
  'Python-2.0',
  'PSF-2.0',
  'CC0-1.0',
  'Unlicense'
]

/** What the registry says in other words, read once by a person: package → what its licence file says. */
const READ: ReadonlyMap<string, string> = new Map([
  ['@lhncbc/ucum-lhc', 'SEE LICENSE IN LICENSE.md'], // as BSD, of the Lister Hill Center; beside it the terms of LOINC and UCUM
  ['fhirpath', 'SEE LICENSE in LICENSE.md'], // as BSD, of the Lister Hill Center
  ['zipcodes', 'BSD'], // three clauses
  ['emitter-component', 'none'] // MIT by its component.json
])

const REGISTRY = 'https://registry.npmjs.org/'

/** The name of a package by its place: the part behind the last node_modules. */
export function nameAt(place: string): string {
  return place.slice(place.lastIndexOf('node_modules/') + 'node_modules/'.length)
}

/** `A OR B` is ours to choose of. */
function allowed(name: string, licence: string): boolean {
  if (READ.get(name) === licence) return true
  return licence
    .replace(/^\(|\)$/g, '')
    .split(' OR ')
    .some((choice) => LICENCES.includes(choice))
}

function faultsOf(
  place: string,
  { integrity, resolved, license, hasInstallScript, version }: Locked,
  scripts: readonly string[]
): string[] {
  const name = nameAt(place)
  const at = `${name}@${version ?? '?'}`
  return [
    ...(/^sha512-[A-Za-z0-9+/]{86}==$/.test(integrity ?? '') ? [] : [`${at}: no SHA-512 integrity in the lock file`]),
    ...(resolved === undefined || resolved.startsWith(REGISTRY) ? [] : [`${at}: comes from elsewhere than ${REGISTRY}`]),
    ...(allowed(name, license ?? 'none')
      ? []
      : [`${at}: its licence (${license ?? 'none'}) is not on the list of scripts/check/supply.ts`]),
    ...(hasInstallScript !== true || scripts.includes(name)
      ? []
      : [`${at}: would run a script at install; package.json's allowScripts does not decide it`])
  ]
}

export function lockFaults(lock: LockFile, scripts: readonly string[]): string[] {
  const packages = Object.entries(lock.packages).filter(([place]) => place !== '')
  if (packages.length === 0) return ['package-lock.json names no package']
  return packages.flatMap(([place, locked]) => faultsOf(place, locked, scripts))
}

export function readLock(root: string): LockFile {
  return JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as LockFile // npm's own, lockfileVersion 3
}

export function supplyFaults(root: string): string[] {
  const { allowScripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    allowScripts: Readonly<Record<string, boolean>>
  }
  return lockFaults(readLock(root), Object.keys(allowScripts))
}
