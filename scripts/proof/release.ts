/**
 * Puts one set through a profile the way the command does (the same reader, grouping and engine), and keeps input and output as files for the scan. Every
 * transform is watched from outside: what went in, what came out, whether that is R4.
 */
import { createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { run } from '../../gateway/cli/deidentify/run.ts'
import { loadWords } from '../../gateway/config/words.ts'
import { compileProfile, type Engine, type Transform } from '../../gateway/core/deidentify/compile/compile.ts'
import type { RecordProfile } from '../../gateway/core/deidentify/profile/profile.ts'
import type { Outcome } from '../../gateway/exchange/agreement/passes.ts'
import { validateResource } from '../../gateway/generated/fhir-validate.js'
import type { Entity } from '../leak/read.ts'
import { count, type Ledger } from './codings.ts'
import { follow, type Moved } from './intervals.ts'
import type { DataSet } from './sets.ts'

const MIB = 1024 * 1024
const LIMITS = { recordBytes: 10 * MIB, bundleBytes: 64 * MIB, depth: 64, memoryBytes: 256 * MIB }

export interface Released {
  readonly input: string
  readonly output: string
  readonly outcome: Outcome
  readonly ledger: Ledger
  /** null where the profile shifts no dates */
  readonly moved: Moved | null
  /** what is wrong with released records as R4, a few of them; empty: all are valid */
  readonly invalid: readonly string[]
}

/** `folder` gets in.ndjson and out.ndjson. `at`: the release moment. */
export async function release(set: DataSet, profile: RecordProfile, at: string, folder: string): Promise<Released> {
  const input = join(folder, 'in.ndjson')
  const output = join(folder, 'out.ndjson')
  await pipeline(Readable.from(ended(set.lines())), createWriteStream(input))
  const ledger: Ledger = new Map()
  const moved = profile.mode === 'expert-determination' ? { dates: 0, others: new Set<string>() } : null
  const invalid: string[] = []
  const source = await open(input)
  const out = await open(output, 'w')
  const write = async (lines: string): Promise<void> => {
    for (const line of lines.split('\n')) if (line !== '' && invalid.length < 20) note(invalid, line)
    await out.write(lines)
  }
  try {
    const engine = watched(compileProfile(bracketed(profile), null, null, loadWords), ledger, moved)
    const outcome = await run({ engine, at, ownBases: [], limits: LIMITS, write }, source.createReadStream({ autoClose: false }))
    return { input, output, outcome, ledger, moved, invalid }
  } finally {
    await source.close()
    await out.close()
  }
}

/** With brackets in place of invented values: an invented town may be that of another patient, and would be found. */
function bracketed(profile: RecordProfile): RecordProfile {
  const elements = Object.entries(profile.elements).map(([path, rule]) => [
    path,
    rule.verb === 'scrub' ? { ...rule, cover: 'placeholder' as const } : rule
  ])
  return { ...profile, elements: Object.fromEntries(elements) }
}

function* ended(lines: Iterable<string>): Generator<string> {
  for (const line of lines) yield `${line}\n`
}

function note(invalid: string[], line: string): void {
  const resource: { resourceType: string } = JSON.parse(line)
  if (!validateResource(resource)) invalid.push(`${resource.resourceType}: ${JSON.stringify(validateResource.errors?.[0])}`)
}

/** The engine, with counters beside each transform. */
function watched(engine: Engine, ledger: Ledger, moved: Moved | null): Engine {
  const transforms = [...engine.transforms].map(([type, transform]): [string, Transform] => [
    type,
    (record, context) => {
      const made = transform(record, context)
      // JSON, both of them
      if (made === undefined || context.fault !== null) return made
      const [before, after] = [record as Entity, made as Entity]
      count(ledger, before, after)
      if (moved !== null && context.shiftDays !== null) follow(moved, context.shiftDays, before, after)
      return made
    }
  ])
  return { ...engine, transforms: new Map(transforms) }
}
