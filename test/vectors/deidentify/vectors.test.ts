/** Hostile records, one file each: what is hidden must not leave, and the stage and rule the header names must be what stopped it. */
import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'chai'
import { locateRecordProfile } from '../../../gateway/cli/deidentify/locate.ts'
import { run } from '../../../gateway/cli/deidentify/run.ts'
import type { Outcome } from '../../../gateway/exchange/agreement/passes.ts'
import { compileProfile, type Engine } from '../../../gateway/core/deidentify/compile/compile.ts'
import { createTally, type Tally } from '../../../gateway/core/deidentify/tally.ts'
import { r4Faults } from '../../support/r4-faults.ts'

interface Vector {
  /** The rule and its source. */
  readonly rule: string
  /**
   * What must act, alternatives between bars: `refused <code>` at the door, `withheld <code>` by de-identification, `rule <element>` a rule of the profile that
   * changes or removes what stands there, `no rule <element>` the element falls to deny by default, `structure` what no rule can turn off: ids, references,
   * contained resources, extensions.
   */
  readonly acts: string
  readonly profile: string
  /** Patterns of what must not be in the output. */
  readonly hidden: readonly string[]
  /** What must be: the records came through. */
  readonly kept?: readonly string[]
  readonly at?: string
  readonly records?: readonly object[]
  /** Instead of records: lines as they are sent. */
  readonly lines?: readonly string[]
}

const FOLDER = new URL('./', import.meta.url)
const MIB = 1024 * 1024
const LIMITS = { recordBytes: MIB, bundleBytes: MIB, depth: 64, memoryBytes: 16 * MIB }

/** What each rule changed or removed so far, and how often each element was met that no rule names. */
function countsOf(tally: Tally): ReadonlyMap<string, number> {
  const ruled = [...tally.rules].map(([path, row]): [string, number] => [`rule ${path}`, row.changed + row.removed])
  return new Map([...ruled, ...[...tally.uncovered].map(([path, times]): [string, number] => [`no rule ${path}`, times])])
}

function didAct(acts: string, outcome: Outcome, acted: (acts: string) => boolean): boolean {
  const [, stage = '', what = ''] = /^(refused|withheld|rule|no rule|structure) ?(.*)$/.exec(acts) ?? []
  if (stage === 'refused') return (outcome.rejected[what] ?? 0) > 0
  if (Object.keys(outcome.rejected).length > 0) return false
  if (stage === 'withheld') return (outcome.withheld[what] ?? 0) > 0
  return stage === 'structure' || acted(acts)
}

/** Compiled once: a tally tells what was done since. */
function engineOf(name: string): { engine: Engine; tally: Tally } {
  const tally = createTally()
  return { engine: compileProfile(locateRecordProfile(name).profile, null, tally), tally }
}

describe('hostile records', () => {
  const engines = new Map(['safe-harbor', 'limited-data-set', 'expert-determination'].map((name) => [name, engineOf(name)]))

  for (const file of readdirSync(FOLDER).filter((name) => name.endsWith('.json'))) {
    const vector: Vector = JSON.parse(readFileSync(new URL(file, FOLDER), 'utf8'))
    it(`${vector.rule} (${file})`, async () => {
      const { engine, tally } = engines.get(vector.profile) ?? engineOf(vector.profile)
      const before = countsOf(tally)
      const lines = vector.lines ?? (vector.records ?? []).map((record) => JSON.stringify(record))
      let output = ''
      const write = async (text: string): Promise<void> => {
        output += text
      }
      const order = { engine, at: vector.at ?? '2026-01-15T00:00:00Z', ownBases: [], limits: LIMITS, write }
      const outcome = await run(order, bytesOf(lines))
      // a random id may hold any three digits
      const told = output.replaceAll(/[0-9a-f]{32}/g, '')
      for (const pattern of vector.hidden) expect(told).not.to.match(new RegExp(pattern, 'i'))
      for (const text of vector.kept ?? []) expect(output).to.contain(text)
      for (const line of output.split('\n').filter((text) => text !== '')) expect(r4Faults(JSON.parse(line))).to.deep.equal([])
      const after = countsOf(tally)
      const since = (acts: string): boolean => (after.get(acts) ?? 0) > (before.get(acts) ?? 0)
      const acted = vector.acts.split('|').some((acts) => didAct(acts, outcome, since))
      expect(acted, `${vector.acts}; ${JSON.stringify([outcome.rejected, outcome.withheld])}`).to.equal(true)
    })
  }
})

async function* bytesOf(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const line of lines) yield Buffer.from(`${line}\n`)
}
