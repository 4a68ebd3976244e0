/** What an agreement decides while it runs: sensitive categories, value sets, rosters, limits, and a phase that has begun. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { AT_ONCE } from '../support/gateway.ts'
import { officer, useGateway } from '../support/house.ts'
import { Party } from '../support/journey.ts'
import { condition, ndjson, ward } from '../support/records.ts'

const ICD = 'http://hl7.org/fhir/sid/icd-10-cm'

/** Conditions of the ward's patients with a code of a sensitive category. */
function coded(ids: readonly string[], code: string): object[] {
  return ids.map((id) => ({ ...condition(`${id}-${code.replace('.', '')}`, id), code: { coding: [{ system: ICD, code }] } }))
}

type Lines = Parameters<typeof ndjson>[0]

describe('an agreement decides: sensitive categories', () => {
  const house = useGateway({ 'demo-safe-harbor': AT_ONCE, 'demo-transport-only': null })

  it('what is not granted stays in, under a code of its category from eleven people on; fewer are not told apart, however many records they have', async function () {
    this.timeout(60_000)
    const { site, gateway } = house()
    const ids = Array.from({ length: 12 }, (_, n) => `c${n}`)
    // fourteen records of one person
    const one = Array.from({ length: 14 }, (_, n) => coded(['c0'], `T74.0${n}`)).flat()
    const lines = [...ward('c', 12), ...coded(ids, 'B20'), ...coded(ids.slice(0, 3), 'F10.20'), ...coded(ids.slice(0, 2), 'F32.9'), ...one]
    const hospital = new Party(gateway, site, 'demo-hospital')
    const sent = await hospital.ended(await hospital.send({ 'all.ndjson': ndjson(lines as Lines) }))
    expect(sent.agreements.map(({ state, released, withheld }) => ({ state, released, withheld }))).to.deep.equal([
      { state: 'ready', released: 26, withheld: { 'category-hiv': 12, 'not-releasable': 17 } }
    ])
  })
})

describe('an agreement decides: rosters and limits', () => {
  const edits = { ...AT_ONCE, roster: { group: 'members' }, limits: { period: 'P1Y', datasets: 1 } }
  const house = useGateway({ 'demo-safe-harbor': edits, 'demo-transport-only': null })

  it('who is not on the roster is left out whole, and a dataset beyond the limit is refused', async function () {
    this.timeout(120_000)
    const { site, gateway } = house()
    const file = join(site.folder, 'members.json')
    const member = ['r0', 'r1', 'r2', 'r3'].map((id) => ({ entity: { reference: `Patient/${id}` } }))
    writeFileSync(file, JSON.stringify({ resourceType: 'Group', type: 'person', actual: true, member }))
    const loaded = await officer(site, ['roster', 'load', '--party', 'demo-hospital', '--group', 'members', '--file', file, '--json'])
    expect(loaded.code, loaded.err).to.equal(0)
    expect(JSON.parse(loaded.out)).to.deep.equal({ party: 'demo-hospital', group: 'members', named: 4, members: 4 })
    const hospital = new Party(gateway, site, 'demo-hospital')
    const first = await hospital.ended(await hospital.send({ 'ward.ndjson': ndjson(ward('r', 6)) }))
    expect(first.agreements.map(({ state, released, withheld }) => ({ state, released, withheld }))).to.deep.equal([
      { state: 'ready', released: 8, withheld: { 'not-on-roster': 4 } }
    ])
    const second = await hospital.ended(await hospital.send({ 'ward.ndjson': ndjson(ward('r', 6)) }))
    expect(second.agreements.map(({ state, withheld }) => ({ state, withheld }))).to.deep.equal([
      { state: 'refused', withheld: { 'limit-reached': 12 } }
    ])
    const listed = await officer(site, ['roster', 'list', '--json'])
    expect(JSON.parse(listed.out)).to.deep.equal([{ party: 'demo-hospital', roster: 'members', members: 4 }])
  })

  it('before a list was loaded nobody is on it; a Group that is none is refused', async function () {
    this.timeout(60_000)
    const { site } = house()
    const file = join(site.folder, 'bad.json')
    for (const text of [
      '{',
      '{"resourceType":"Patient"}',
      '{"resourceType":"Group","member":[{"entity":{}}]}',
      '{"resourceType":"Group","member":[{"entity":{"reference":"Patient/1"},"inactive":true}]}'
    ]) {
      writeFileSync(file, text)
      const refused = await officer(site, ['roster', 'load', '--party', 'demo-hospital', '--group', 'members', '--file', file])
      expect(refused.code, text).not.to.equal(0)
    }
  })
})

describe('an agreement decides: a phase', () => {
  const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)
  const narrow = { name: 'narrow', from: day(-1), to: day(30), resources: { Patient: ['gender'] } }
  const house = useGateway({ 'demo-safe-harbor': { ...AT_ONCE, phases: [narrow] }, 'demo-transport-only': null })

  it('of the phase that has begun only its resources leave', async function () {
    this.timeout(60_000)
    const { site, gateway } = house()
    const hospital = new Party(gateway, site, 'demo-hospital')
    const sent = await hospital.ended(await hospital.send({ 'ward.ndjson': ndjson(ward('p', 5)) }))
    expect(sent.agreements.map(({ state, released, withheld }) => ({ state, released, withheld }))).to.deep.equal([
      { state: 'ready', released: 5, withheld: { 'type-not-agreed': 5 } }
    ])
  })
})
