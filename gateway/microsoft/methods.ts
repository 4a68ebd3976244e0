/**
 * The methods of Microsoft's tool that change one node at a time (its Processors): what each does to a node of which type, and what it is recorded as.
 * A node without a value is left as it is by all of them. Substitute and generalize, which need more than the node, are in files of their own.
 */
import { createCipheriv, createHmac, randomBytes } from 'node:crypto'
import type { MethodName, Rule } from './configuration.ts'
import { daysOf, shifted, yearOf } from './dates.ts'
import { generalize } from './generalize.ts'
import type { Done } from './labels.ts'
import type { Means } from './means.ts'
import { perturb } from './perturb.ts'
import { transformReference } from './reference.ts'
import { substitute } from './substitute.ts'
import { type Node, setValue, valueAt } from './tree.ts'

/** Changes the node; tells what was done. */
export type Method = (node: Node, rule: Rule, means: Means, done: Set<Done>) => void

export const METHOD: ReadonlyMap<MethodName, Method> = new Map<MethodName, Method>([
  ['keep', () => undefined],
  ['redact', redact],
  ['dateShift', dateShift],
  ['cryptoHash', cryptoHash],
  ['encrypt', encrypt],
  ['perturb', perturb],
  ['substitute', substitute],
  ['generalize', generalize]
])

const DATES: ReadonlySet<string> = new Set(['date', 'dateTime', 'instant'])
const OLDEST_AGE = 89

function redact(node: Node, _rule: Rule, means: Means, done: Set<Done>): void {
  const text = textOf(node)
  if (text === '') return
  const { enablePartialDatesForRedact, enablePartialAgesForRedact, enablePartialZipCodesForRedact } = means.parameters
  const isZip = node.name.toLowerCase() === 'postalcode'
  if (DATES.has(node.type)) setValue(node, enablePartialDatesForRedact ? yearOf(text, means.at) : null)
  else if (isAge(node)) setValue(node, enablePartialAgesForRedact && Number(text) <= OLDEST_AGE ? valueAt(node) : null)
  else setValue(node, isZip && enablePartialZipCodesForRedact ? partialZip(text, means.parameters.restrictedZipCodeTabulationAreas) : null)
  done.add(isZip && enablePartialZipCodesForRedact ? 'abstract' : 'redact')
}

function isAge(node: Node): boolean {
  return node.type === 'decimal' && node.parent?.type === 'Age'
}

/** The first three characters and zeroes for the digits behind them; all zeroes in a restricted area. Shorter texts stay, as there. */
function partialZip(zip: string, restricted: readonly string[]): string {
  const kept = restricted.some((area) => zip.startsWith(area)) ? 0 : 3
  return zip.length < kept ? zip : zip.slice(0, kept) + zip.slice(kept).replaceAll(/\p{Nd}/gu, '0')
}

function dateShift(node: Node, rule: Rule, means: Means, done: Set<Done>): void {
  const text = textOf(node)
  if (text === '' || !DATES.has(node.type)) return
  const days = means.parameters.dateShiftFixedOffsetInDays ?? daysOf(means.scope === '' ? idOfRoot(node) : means.scope, means.dateShiftKey)
  const moved = shifted(text, days, means.at)
  if (moved === null) redact(node, rule, means, done)
  else {
    setValue(node, moved)
    done.add('perturb')
  }
}

/** The id of the outermost resource as it reads now: an earlier rule may have hashed it. */
function idOfRoot(node: Node): string {
  if (node.parent !== null) return idOfRoot(node.parent)
  const id = node.children.find(({ name }) => name === 'id')
  return id === undefined ? '' : textOf(id)
}

function cryptoHash(node: Node, _rule: Rule, { hashKey }: Means, done: Set<Done>): void {
  const text = textOf(node)
  if (text === '') return
  const hashed = (input: string): string => createHmac('sha256', hashKey).update(input, 'utf8').digest('hex')
  const isReference = node.name === 'reference' && node.parent?.type === 'Reference'
  setValue(node, isReference ? transformReference(text, hashed) : hashed(text))
  done.add('cryptoHash')
}

const IV_BYTES = 16

/** AES-CBC with PKCS #7 padding under a fresh random IV, which stands in front; base64. */
function encrypt(node: Node, _rule: Rule, { encryptKey }: Means, done: Set<Done>): void {
  const text = textOf(node)
  if (text === '') return
  const iv = randomBytes(IV_BYTES)
  const cipher = createCipheriv(`aes-${(encryptKey.symmetricKeySize ?? 0) * 8}-cbc`, encryptKey, iv)
  setValue(node, Buffer.concat([iv, cipher.update(text, 'utf8'), cipher.final()]).toString('base64'))
  done.add('encrypt')
}

/** The value as text, as .NET writes it (True, False); '' where there is none. */
function textOf(node: Node): string {
  const value = valueAt(node)
  if (value === null) return ''
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  return node.exact?.rawJSON ?? String(value)
}
