/**
 * Where the gateway's own keys come from: one file under a passphrase, a folder of files in clear (development, or what a container's secrets mount), or
 * the environment. Exactly one is asked, the one that is configured; one that fails is an error, and nothing falls back to another. Refuses files that
 * others may read or change, and changes to what a command cannot change.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { type Fault, PolicyError } from '../core/errors.ts'
import type { Step } from './keychange.ts'
import { addSecretFile, removeSecretFile, replaceSecretFile, writeSecretFiles } from './keyfiles.ts'
import { type KeyFiles, PURPOSES, type Purpose, parseObject, placeOf } from './keyring.ts'
import { type Cost, openKeys, sealKeys } from './sealed-keys.ts'

export interface KeySource {
  readonly kind: 'file' | 'folder' | 'environment'
  /** told to operators */
  readonly place: string
  /** PolicyError key-missing | keys-closed | config-invalid */
  read(): KeyFiles
  /** A new ring, where there is none. What was written. */
  create(files: KeyFiles): readonly string[]
  /** One step after the other; broken off anywhere, the ring is whole (keychange.ts). */
  change(steps: readonly Step[]): void
}

/** Files in clear, each readable by its owner (and group: as container secrets are mounted) alone. */
export function folderSource(folder: string): KeySource {
  return {
    kind: 'folder',
    place: folder,
    read: () => readKeyFiles(folder),
    create: (files) => writeSecretFiles(folder, files),
    change: (steps) => {
      for (const step of steps) takeStep(join(folder, step.name), step)
    }
  }
}

function takeStep(path: string, step: Step): void {
  if (step.do === 'remove') removeSecretFile(path)
  else if (step.do === 'add') addSecretFile(path, step.text)
  else replaceSecretFile(path, step.text)
}

/** One file under a passphrase. `cost`: of scrypt, where another than ours is wanted. */
export function fileSource(file: string, passphrase: () => string, cost?: Cost): KeySource {
  const path = resolve(file)
  const read = (): KeyFiles => {
    const text = readPrivate(path)
    return openKeys(text, passphrase(), path)
  }
  const sealed = (files: KeyFiles): string => {
    const text = sealKeys(files, passphrase(), cost)
    openKeys(text, passphrase(), path) // opened before anything is replaced by it
    return text
  }
  return {
    kind: 'file',
    place: path,
    read,
    create: (files) => {
      if (!existsSync(dirname(path))) writeSecretFiles(dirname(path), new Map())
      addSecretFile(path, sealed(files))
      return [path]
    },
    change: (steps) => {
      const files = new Map(read())
      for (const step of steps) {
        if (step.do === 'remove') files.delete(step.name)
        else files.set(step.name, step.text)
      }
      replaceSecretFile(path, sealed(files))
    }
  }
}

/** A JWK for each purpose, or a JWK Set in which `state` says which are "next" and "retired" (none: the one in use). */
export function environmentSource(texts: ReadonlyMap<Purpose, string>): KeySource {
  const refuse = (): never => {
    throw new PolicyError('config-invalid', [
      { path: 'SALLYPORT_KEY_*', message: 'the keys come from the environment, which a command cannot change: change it where it is kept' }
    ])
  }
  return { kind: 'environment', place: 'SALLYPORT_KEY_*', read: () => readTexts(texts), create: refuse, change: refuse }
}

function readTexts(texts: ReadonlyMap<Purpose, string>): KeyFiles {
  const missing = PURPOSES.filter((purpose) => !texts.has(purpose))
  if (missing.length > 0)
    throw new PolicyError(
      'key-missing',
      missing.map((purpose) => ({
        path: variableOf(purpose),
        message: 'is not set, and the keys come from the environment: no other place is asked'
      }))
    )
  return new Map([...texts].flatMap(([purpose, text]) => fromText(purpose, text)))
}

function fromText(purpose: Purpose, text: string): (readonly [string, string])[] {
  const keys: unknown = parseObject(text)?.['keys']
  if (!Array.isArray(keys)) return [[`${purpose}.jwk`, text]]
  return keys.map((key: unknown, n) => {
    const { state, ...jwk } = typeof key === 'object' && key !== null ? (key as Record<string, unknown>) : {}
    const mark = state === undefined ? '' : state === 'next' ? '.next' : state === 'retired' ? `.${n}` : null
    if (mark === null)
      throw new PolicyError('config-invalid', [
        { path: variableOf(purpose), message: 'a key has a state that is neither next nor retired' }
      ])
    return [`${purpose}${mark}.jwk`, JSON.stringify(jwk)] as const
  })
}

function variableOf(purpose: Purpose): string {
  return `SALLYPORT_KEY_${purpose.toUpperCase()}`
}

/** The key files of a folder. PolicyError key-missing (no such folder) | config-invalid (others may read a key, or a name says no purpose). */
export function readKeyFiles(folder: string): KeyFiles {
  const files = new Map<string, string>()
  const faults: Fault[] = []
  for (const name of namesIn(folder)) {
    const path = join(folder, name)
    if (placeOf(name) === null)
      faults.push({ path, message: 'is not named as a key is: <purpose>.jwk, <purpose>.next.jwk or <purpose>.<any>.jwk' })
    else if (isPrivate(path)) files.set(name, readFileSync(path, 'utf8'))
    else faults.push({ path, message: 'others may read or change this key: chmod 600' })
  }
  if (faults.length > 0) throw new PolicyError('config-invalid', faults)
  return files
}

function readPrivate(path: string): string {
  if (!existsSync(path))
    throw new PolicyError('key-missing', [
      { path, message: 'no such file of keys: put it back from the backup of keys; for a new gateway, sallyport keys generate' }
    ])
  if (!isPrivate(path)) throw new PolicyError('config-invalid', [{ path, message: 'others may read or change the keys: chmod 600' }])
  return readFileSync(path, 'utf8')
}

function isPrivate(path: string): boolean {
  return (statSync(path).mode & 0o027) === 0
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder).filter((name) => name.endsWith('.jwk'))
  } catch (cause) {
    throw new PolicyError(
      'key-missing',
      [
        { path: folder, message: 'no such folder of keys: put it back from the backup of keys; for a new gateway, sallyport keys generate' }
      ],
      cause
    )
  }
}
