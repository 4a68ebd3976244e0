/** Groups that nest in groups of their own type (R4 contentReference): questions in answers, sections in sections, actions in actions. */
import { expect } from 'chai'
import { locateRecordProfile } from '../../../gateway/cli/deidentify/locate.ts'
import { createCoarsener } from '../../../gateway/core/deidentify/coarsen.ts'
import { compileProfile } from '../../../gateway/core/deidentify/compile/compile.ts'
import { profileFaults } from '../../../gateway/core/deidentify/profile/faults.ts'
import type { Json } from '../../../gateway/core/digest.ts'
import type { Resource } from '../../../gateway/core/fhir/resource.ts'
import { validateResource } from '../../../gateway/generated/fhir-validate.js'
import { releaseAll, safeHarbor } from '../../support/profile.ts'

const DEPTH = 50
const PATIENT: Resource = { resourceType: 'Patient', id: 'p1', birthDate: '1960-05-04' }
const SUBJECT = { reference: 'Patient/p1' }
const YES = { system: 'http://loinc.org', code: 'LA33-6' }

/** Items by turns in items and in answers. */
function items(depth: number): { [key: string]: Json } {
  const inner = depth === 0 ? {} : { item: [items(depth - 1)] }
  const answer = { valueCoding: { ...YES, display: 'Zq1q' }, ...(depth % 2 === 0 ? inner : {}) }
  return { linkId: '1', text: 'Zq1q', answer: [answer, { valueString: 'Zq1q' }], ...(depth % 2 === 0 ? {} : inner) }
}

function response(depth: number): Resource {
  return { resourceType: 'QuestionnaireResponse', id: 'q', status: 'completed', subject: SUBJECT, item: [items(depth)] }
}

function sections(depth: number): { [key: string]: Json } {
  const text = { status: 'additional', div: `<div xmlns="http://www.w3.org/1999/xhtml">zq${depth}q</div>` }
  return { text, ...(depth === 0 ? {} : { section: [sections(depth - 1)] }) }
}

function times(text: string, part: string): number {
  return text.split(part).length - 1
}

describe('groups that nest in groups of their own type', () => {
  it('what the outermost keeps, every one keeps, and what it removes, every one removes, however deep', () => {
    const released = releaseAll(compileProfile(safeHarbor(), null), [PATIENT, response(DEPTH)]).released.map((record) =>
      JSON.stringify(record)
    )
    const told = released.join('\n')
    expect(times(told, 'LA33-6')).to.equal(DEPTH + 1)
    expect(times(told, 'linkId')).to.equal(DEPTH + 1)
    expect(told).not.to.match(/zq1q/i)
  })

  it('45 CFR 164.502(b): where an agreement names a part of them, what it does not name stays in at every depth', () => {
    const leaves = (...paths: string[]): string => {
      const engine = compileProfile(safeHarbor(), { Patient: ['gender'], QuestionnaireResponse: ['status', ...paths] })
      return JSON.stringify(releaseAll(engine, [PATIENT, response(4)]).released)
    }
    expect(times(leaves('item'), 'LA33-6')).to.equal(5)
    expect(times(leaves('item.linkId'), 'LA33-6')).to.equal(0)
    expect(times(leaves('item.linkId'), '"linkId":"1"')).to.equal(1)
    expect(times(leaves('item.linkId', 'item.answer.item'), 'LA33-6')).to.equal(4)
    expect(times(leaves('item.linkId', 'item.answer.item.linkId'), 'LA33-6')).to.equal(0)
    expect(times(leaves('item.linkId', 'item.answer.item.linkId'), '"linkId":"1"')).to.equal(2)
  })

  it('what the risk gate takes out of one, it takes out of all', () => {
    const { profile } = locateRecordProfile('expert-determination')
    const record = { resourceType: 'Composition', id: 'c', status: 'final', section: [sections(DEPTH)] }
    const left = createCoarsener(compileProfile(profile, null), 'Composition')(JSON.stringify(record))
    expect(left).not.to.match(/zq\d+q/)
  })

  it('an element of a group that is named so already is a fault, and so is a group that nests in none', () => {
    const faultsOf = (...keep: string[]): string => {
      const profile = safeHarbor()
      const { QuestionnaireResponse: rule, ...resources } = profile.resources
      if (rule === undefined) throw new Error('no rule')
      const changed = { ...profile, resources: { ...resources, QuestionnaireResponse: { ...rule, keep: [...rule.keep, ...keep] } } }
      return JSON.stringify(profileFaults(changed))
    }
    expect(faultsOf()).to.equal('[]')
    expect(faultsOf('item.item.linkId')).to.contain('keeps what the group around it keeps')
    expect(faultsOf('item.answer')).to.contain('is a group')
  })

  it('what nests is R4', () => {
    const engine = compileProfile(safeHarbor(), null)
    for (const { resource } of releaseAll(engine, [PATIENT, response(6)]).released) expect(validateResource(resource)).to.equal(true)
  })
})
