/**
 * `sallyport deidentify --profile THEIRS.json`: records through a configuration of Microsoft's tool, one at a time and in the order they came. Says loudly that
 * what no rule names is kept. Refuses a configuration with faults, all listed; a record that cannot be read is reported by line, and the rest goes on; one a
 * rule fails on stops the run (processingErrors: raise) or is left out (skip): never written as an empty resource that looks like a result.
 */
import { basename, dirname, resolve } from 'node:path'
import { type Code, OperatorHint, PolicyError, RequestError } from '../../core/errors.ts'
import { createCutter, type Part } from '../../core/fhir/cut.ts'
import { parseExact } from '../../core/fhir/exact.ts'
import { parseObject, screenBytes, textOf } from '../../core/fhir/read.ts'
import type { Configuration, Rule } from '../../microsoft/configuration.ts'
import type { Members } from '../../microsoft/document.ts'
import { RuleFailure } from '../../microsoft/failure.ts'
import { meansOf } from '../../microsoft/means.ts'
import { readConfiguration } from '../../microsoft/read.ts'
import { type Followed, follow } from '../../microsoft/record.ts'
import { NotFhir } from '../../microsoft/tree.ts'

export interface TheirRun {
  readonly document: Members
  /** '' for standard input */
  readonly file: string
  readonly at: string
  readonly limits: { readonly bytes: number; readonly depth: number }
  readonly write: (lines: string) => Promise<void>
  readonly warn: (text: string) => void
}

interface Issue {
  readonly line: number
  readonly path: string
  readonly code: Code | 'rule-failed'
  /** the rule that failed, by its number in the file */
  readonly rule?: number
}

/** received = written + skipped + rejected. */
export interface TheirOutcome {
  received: number
  written: number
  skipped: number
  rejected: number
  readonly issues: Issue[]
  /** values each rule had, by its number; 0: values no rule had, which were kept */
  readonly values: Map<number, number>
  /** element paths of values no rule had */
  readonly unmatched: Map<string, number>
  readonly rules: readonly Rule[]
}

const MOST_ISSUES = 1000

/** PolicyError for a configuration with faults; OperatorHint where the run must stop. */
export async function runTheirs(run: TheirRun, open: () => Promise<AsyncIterable<Uint8Array>>): Promise<TheirOutcome> {
  const read = readConfiguration(run.document)
  if ('faults' in read) throw new PolicyError('policy-invalid', read.faults)
  const { configuration } = read
  const outcome = emptyOutcome(configuration.rules)
  const means = meansOf(configuration.parameters, scopeOf(configuration, run.file), run.at)
  const followed = follow(configuration, means, { node: (rule, path) => count(outcome, rule, path) })
  run.warn(warningOf(configuration))
  const cutter = createCutter({ recordBytes: run.limits.bytes, bundleBytes: run.limits.bytes })
  const take = async (parts: readonly Part[]): Promise<void> => {
    for (const part of parts) await run.write(partOut(run, part, configuration, followed, outcome))
  }
  for await (const chunk of await open()) await take(cutter.push(chunk))
  await take(cutter.end())
  return outcome
}

function emptyOutcome(rules: readonly Rule[]): TheirOutcome {
  return { received: 0, written: 0, skipped: 0, rejected: 0, issues: [], values: new Map(), unmatched: new Map(), rules }
}

/** What dates are shifted by, besides the key: '' for each resource's own id. */
function scopeOf({ parameters: { dateShiftScope, dateShiftFixedOffsetInDays } }: Configuration, file: string): string {
  if (dateShiftScope === 'resource' || dateShiftFixedOffsetInDays !== null) return ''
  if (file === '')
    throw new RequestError('bad-request', `dateShiftScope is ${dateShiftScope}: name the file, for standard input has no name.`)
  return dateShiftScope === 'file' ? basename(file) : basename(dirname(resolve(file)))
}

function partOut(run: TheirRun, part: Part, { processingErrors }: Configuration, followed: Followed, outcome: TheirOutcome): string {
  if (part.kind === 'entries')
    throw new RequestError('line-too-long', 'A Bundle is one context here and is read whole: send it in smaller ones.')
  for (const { line, code } of part.rejects) reject(outcome, { line, path: '', code })
  const lines: string[] = []
  for (let i = 0; i < part.offsets.length; i += 2) {
    const [start = 0, end = 0] = part.offsets.subarray(i, i + 2)
    if (end <= start) continue
    const line = part.firstLine + i / 2
    try {
      const out = recordOut(part.bytes, start, end, run.limits, followed)
      if ('code' in out) reject(outcome, { line, ...out })
      else lines.push(`${out.text}\n`)
    } catch (error) {
      if (!(error instanceof RuleFailure)) throw error
      skip(outcome, line, error, processingErrors)
    }
  }
  outcome.received += lines.length
  outcome.written += lines.length
  return lines.join('')
}

type Out = { readonly text: string } | { readonly code: Code; readonly path: string }

/** Throws RuleFailure. */
function recordOut(bytes: Uint8Array, start: number, end: number, limits: TheirRun['limits'], followed: Followed): Out {
  const screened = screenBytes(bytes, start, end, { recordBytes: limits.bytes, depth: limits.depth }, null)
  if (!('keys' in screened)) return screened
  const text = textOf(bytes, start, end)
  const plain = parseObject(text, screened.keys)
  if ('code' in plain) return plain
  try {
    return { text: JSON.stringify(followed.followed(parseExact(text) as object)) } // sound: parseObject found an object
  } catch (error) {
    if (error instanceof NotFhir) return { code: error.path === '?' ? 'unknown-resource-type' : 'not-fhir', path: error.path }
    throw error
  }
}

function reject(outcome: TheirOutcome, issue: Issue): void {
  outcome.received++
  outcome.rejected++
  if (outcome.issues.length < MOST_ISSUES) outcome.issues.push(issue)
}

function skip(outcome: TheirOutcome, line: number, { kind, rule, path }: RuleFailure, processingErrors: 'raise' | 'skip'): void {
  const method = outcome.rules[rule - 1]?.method ?? ''
  if (kind === 'not-applicable')
    throw new OperatorHint(`line ${line}, ${path}: rule ${rule} (${method}) cannot work on what stands there; stopped`)
  if (processingErrors === 'raise')
    throw new OperatorHint(`line ${line}, ${path}: rule ${rule} (${method}) failed, and processingErrors is raise; stopped`)
  outcome.received++
  outcome.skipped++
  if (outcome.issues.length < MOST_ISSUES) outcome.issues.push({ line, path, code: 'rule-failed', rule })
}

function count(outcome: TheirOutcome, rule: number, path: string): void {
  outcome.values.set(rule, (outcome.values.get(rule) ?? 0) + 1)
  if (rule === 0) outcome.unmatched.set(path, (outcome.unmatched.get(path) ?? 0) + 1)
}

function warningOf({ rules, parameters }: Configuration): string {
  const uses = (method: string): boolean => rules.some((rule) => rule.method === method)
  const random = [
    ...(uses('cryptoHash') && parameters.cryptoHashKey === '' ? ['cryptoHashKey'] : []),
    ...(uses('encrypt') && parameters.encryptKey === '' ? ['encryptKey (nothing encrypted in this run can ever be decrypted)'] : []),
    ...(uses('dateShift') && parameters.dateShiftKey === '' && parameters.dateShiftFixedOffsetInDays === null ? ['dateShiftKey'] : [])
  ]
  return [
    `WARNING: this is a deny-list of Microsoft's tool. What none of its ${rules.length} rules names is KEPT as it came.`,
    'It is followed here as there. No agreement can name it: sallyport profile import makes a profile of it, and lists what it lets through.',
    ...(random.length === 0 ? [] : [`no key given, so a random one for this run: ${random.join(', ')}`])
  ]
    .map((line) => `sallyport: ${line}\n`)
    .join('')
}
