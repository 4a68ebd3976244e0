/**
 * What becomes of keys, as steps on their files. Decides the order: a new key is staged as next, a promotion writes the old one down as retired before the
 * next takes its place, so that whatever breaks off in between leaves a ring that is whole, and doing it again ends it. What no longer signs loses its
 * private half (token, manifest: when it is retired; log: when it is dropped). Refuses to stage over a staged key, and to take away the key in use.
 */
import type { JsonWebKey } from 'node:crypto'
import { PolicyError } from '../core/errors.ts'
import { generateKey, publicPart } from './generate.ts'
import {
  type KeyFiles,
  type KeyState,
  kidOf,
  type PublicJwk,
  type Purpose,
  parseObject,
  placeOf,
  readKeyRing,
  ringKeys
} from './keyring.ts'
import { parseVkey } from './note.ts'

/** One change of one file. `add` never writes over anything. */
export type Step =
  | { readonly do: 'add' | 'replace'; readonly name: string; readonly text: string }
  | { readonly do: 'remove'; readonly name: string }

export interface Change {
  readonly kid: string
  readonly steps: readonly Step[]
}

/** A fresh key to follow the one in use: of the same kind, the log's of the same origin. */
export function stageKey(files: KeyFiles, purpose: Purpose, at: Date): Change {
  const ring = readKeyRing(files)
  if (ring[purpose].next !== undefined) throw refused(`${purpose}.next.jwk`, 'a key is staged already: promote it, or drop it')
  const jwk = generateKey(purpose, ring.log.current.origin, at)
  return { kid: kidOf(purpose, jwk), steps: [{ do: 'add', name: `${purpose}.next.jwk`, text: textOf(jwk) }] }
}

/** The staged key comes into use, and the one in use is retired at `at`. */
export function promoteKey(files: KeyFiles, purpose: Purpose, at: Date): Change {
  const [from, to] = [`${purpose}.next.jwk`, `${purpose}.jwk`]
  const [next, current] = [jwkIn(files, from), jwkIn(files, to)]
  if (next === null || current === null) throw refused(from, `no key is staged: sallyport keys rotate ${purpose} --stage`)
  const [kid, old] = [kidOf(purpose, next), kidOf(purpose, current)]
  const remove: Step = { do: 'remove', name: from }
  // a promotion that was broken off before its last step
  if (kid === old) return { kid, steps: [remove] }
  const retired = `${purpose}.${old}.jwk`
  const exp = Math.floor(at.getTime() / 1000)
  const kept: Step[] = files.has(retired) ? [] : [{ do: 'add', name: retired, text: textOf({ ...retiredForm(purpose, current), exp }) }]
  return { kid, steps: [...kept, { do: 'replace', name: to, text: textOf(next) }, remove] }
}

/** A retired or staged key goes: of one that signed what must still be proved, its private half. */
export function dropKey(files: KeyFiles, purpose: Purpose, kid: string): Change & { readonly state: KeyState } {
  const found = [...files.keys()].flatMap((name) => {
    const place = placeOf(name)
    const jwk = place?.purpose === purpose ? jwkIn(files, name) : null
    return place !== null && jwk !== null && kidOf(purpose, jwk) === kid ? [{ name, jwk, state: place.state }] : []
  })
  const inUse = found.some(({ state }) => state === 'current')
  const [key] = found
  if (key === undefined) throw refused(`${purpose} ${kid}`, 'is not on the ring')
  if (inUse) throw refused(`${purpose} ${kid}`, 'is the key in use: rotate it first')
  const proves = key.state === 'retired' && (purpose === 'log' || purpose === 'manifest')
  if (proves && typeof key.jwk['d'] !== 'string')
    throw refused(key.name, 'has no private half any more, and its public half stays: what it signed is proved by it')
  if (proves) return { kid, state: key.state, steps: [{ do: 'replace', name: key.name, text: textOf(publicForm(key.jwk)) }] }
  return { kid, state: key.state, steps: [{ do: 'remove', name: key.name }] }
}

/** A key in the place of one that was lost: from a fresh ring, where there is none. */
export function lostKey(files: KeyFiles, purpose: Purpose, fresh: KeyFiles): Step[] {
  const name = `${purpose}.jwk`
  if (files.has(name)) throw refused(name, `is there: sallyport keys rotate ${purpose} makes another`)
  return [{ do: 'add', name, text: fresh.get(name) ?? '' }]
}

/** Public halves that parties pinned and the ring has lost, as retired keys: they prove what was signed, and sign nothing. */
export function adoptPins(files: KeyFiles, pins: { readonly manifest: readonly PublicJwk[]; readonly log: readonly string[] }): Step[] {
  const ring = readKeyRing(files)
  const log = pins.log.map(parseVkey).map((key): JsonWebKey => {
    if (key === null) throw refused('log', 'is not a verifier key')
    return { ...publicPart(key.publicKey.export({ format: 'jwk' })), origin: key.name }
  })
  const pinned = [...pins.manifest.map((jwk) => ['manifest', publicPart({ ...jwk })] as const), ...log.map((jwk) => ['log', jwk] as const)]
  return pinned
    .map(([purpose, jwk]) => ({ purpose, jwk, kid: kidOf(purpose, jwk) }))
    .filter(({ purpose, kid }) => !ringKeys(ring, purpose).some((key) => key.kid === kid))
    .map(({ purpose, kid, jwk }): Step => ({ do: 'add', name: `${purpose}.${kid}.jwk`, text: textOf(jwk) }))
}

function retiredForm(purpose: Purpose, jwk: JsonWebKey): JsonWebKey {
  return purpose === 'token' || purpose === 'manifest' ? publicForm(jwk) : jwk
}

/** Without the private half; what else is said of it stays. */
function publicForm(jwk: JsonWebKey): JsonWebKey {
  const said = ['origin', 'iat', 'exp'].filter((name) => jwk[name] !== undefined)
  return { ...publicPart(jwk), ...Object.fromEntries(said.map((name) => [name, jwk[name]])) }
}

function jwkIn(files: KeyFiles, name: string): JsonWebKey | null {
  return parseObject(files.get(name) ?? '')
}

function textOf(jwk: JsonWebKey): string {
  return `${JSON.stringify(jwk, null, 2)}\n`
}

function refused(path: string, message: string): PolicyError {
  return new PolicyError('key-needed', [{ path, message }])
}
