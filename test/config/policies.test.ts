/** Loading the folder of policies: all faults at once, each with its place, and nothing loaded while one stands. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { loadPolicies } from '../../gateway/config/policies.ts'
import { contentHash, type Json } from '../../gateway/core/digest.ts'
import { PolicyError } from '../../gateway/core/errors.ts'
import { generatePartyKeys } from '../../gateway/seal/generate.ts'
import { agreementWith, DATA_USE, hashed, onCopy, POLICIES, shippedProfile, spoil } from '../support/policies.ts'

const SEALED = 'agreements/demo-safe-harbor/agreement.json'
const HOSPITAL = 'parties/demo-hospital.json'

/** What loading says: each fault as one line. */
function faults(dir: string): string[] {
  try {
    loadPolicies(dir)
  } catch (error) {
    if (error instanceof PolicyError && error.code === 'policy-invalid')
      return error.faults.map(({ path, message }) => `${path} ${message}`)
    throw error
  }
  return []
}

describe('config/policies', () => {
  it('the shipped policies load, hashed by RFC 8785 and SHA-256', () => {
    const { parties, agreements, profiles } = loadPolicies(POLICIES)
    expect([...parties.keys()]).to.include.members(['demo-hospital', 'demo-insurer'])
    expect([...agreements.keys()]).to.include.members(['demo-expert-determination', 'demo-safe-harbor', 'demo-transport-only'])
    expect(agreements.get('demo-safe-harbor')?.hash)
      .to.equal(hashed(agreementWith()).hash)
      .and.match(/^sha256:[0-9a-f]{64}$/)
    expect([...profiles.keys()]).to.include('safe-harbor@1')
  })

  it('the hash is of the meaning, not of the spaces: another layout of the same agreement has the same hash', () => {
    const before = loadPolicies(POLICIES).agreements.get('demo-safe-harbor')?.hash
    onCopy((dir) => {
      writeFileSync(join(dir, SEALED), JSON.stringify(agreementWith()))
      expect(loadPolicies(dir).agreements.get('demo-safe-harbor')?.hash).to.equal(before)
    })
    expect(contentHash({ ...agreementWith(), k: 4 } as unknown as Json)).not.to.equal(before)
  })

  for (const [rule, file, from, to, expected] of [
    [
      'an unknown key names the nearest known one',
      SEALED,
      '"suppressionLimit"',
      '"supressionLimit"',
      'agreement.json#/supressionLimit is not a known key; the nearest is suppressionLimit'
    ],
    [
      'an unknown key deep inside does too',
      SEALED,
      '"gatewayDays"',
      '"gatewaydays"',
      '#/retention/gatewaydays is not a known key; the nearest is gatewayDays'
    ],
    ['a missing key is named', SEALED, '"k": 3,', '', '#/k is missing'],
    [
      'a wrong value names what may stand there',
      SEALED,
      '"sealedForm": "c2sp"',
      '"sealedForm": "zip"',
      '#/sealedForm must be one of c2sp, cms, transport-only'
    ],
    [
      'the state of an agreement is no part of its text: who writes one is told',
      SEALED,
      '"version": 1,',
      '"version": 1, "status": "active",',
      '#/status is not a known key'
    ],
    ['a key named twice could be read in two ways', SEALED, '"k": 3,', '"k": 3, "k": 1,', 'names a key twice'],
    ['what is not JSON is not read', SEALED, '"k": 3,', '"k": 3', 'is not JSON'],
    [
      'an agreement stands in a folder of its name',
      SEALED,
      '"id": "demo-safe-harbor"',
      '"id": "demo-safe-harbour"',
      '#/id must be the name of the folder'
    ],
    [
      'a party stands in a file of its name',
      HOSPITAL,
      '"id": "demo-hospital"',
      '"id": "demo-hospice"',
      '#/id must be the name of the file'
    ],
    [
      'an unknown key of a party names the nearest',
      HOSPITAL,
      '"fhirBases"',
      '"fhirBase"',
      '#/fhirBase is not a known key; the nearest is fhirBases'
    ],
    [
      'a private key in a party is refused, and named as what it is',
      HOSPITAL,
      '"keys": []',
      '"keys": [{ "kty": "EC", "kid": "a", "use": "sig", "alg": "ES384", "crv": "P-384", "x": "x", "y": "y", "d": "d" }]',
      '#/jwks/keys/0/d is part of a private key'
    ],
    ['jwks and jwksUri are not both given', HOSPITAL, '"jwks"', '"jwksUri": "https://demo.example/jwks", "jwks"', 'not both'],
    [
      'a rule of an agreement is checked at load',
      SEALED,
      '"every": "P1Y"',
      '"every": "P1M"',
      '#/releaseWindow/every Safe Harbor shows only the year'
    ]
  ] as const) {
    it(rule, () => {
      onCopy((dir) => {
        spoil(dir, file, from, to)
        expect(faults(dir).join('\n')).to.include(expected)
      })
    })
  }

  it('45 CFR 164.514(e)(4)(ii): a data use agreement that lacks a term does not load, whichever it is', () => {
    onCopy((dir) => {
      const { terms } = DATA_USE
      for (const term of Object.keys(terms) as (keyof typeof terms)[]) {
        const { [term]: _left, ...rest } = terms
        const limited = {
          mode: 'limited-data-set',
          noActualKnowledge: null,
          purposeOfUse: 'HRESCH',
          profile: shippedProfile('limited-data-set')
        }
        const agreement = { ...agreementWith(), ...limited, dataUseAgreement: { ...DATA_USE, terms: rest } }
        writeFileSync(join(dir, SEALED), JSON.stringify(agreement))
        expect(faults(dir)).to.deep.equal([`${SEALED}#/dataUseAgreement/terms/${term} is missing`])
        writeFileSync(join(dir, SEALED), JSON.stringify({ ...agreement, dataUseAgreement: DATA_USE }))
        expect(faults(dir), 'with every term').to.deep.equal([])
      }
    })
  })

  it('each key of an agreement that says what its mode stands on is asked for, null or not', () => {
    for (const key of ['mode', 'noActualKnowledge', 'dataUseAgreement'] as const)
      onCopy((dir) => {
        const { [key]: _left, ...rest } = agreementWith()
        writeFileSync(join(dir, SEALED), JSON.stringify(rest))
        expect(faults(dir)).to.deep.equal([`${SEALED}#/${key} is missing`])
      })
  })

  describe('officers', () => {
    const keysOf = (id: string): readonly object[] => generatePartyKeys('ec', id).jwks.keys.filter(({ use }) => use === 'sig')
    const [one, two] = [keysOf('one'), keysOf('two')]
    const officer = (members: object = {}): object => ({
      id: 'demo-officer',
      name: 'Example Officer',
      office: 'Privacy Office',
      roles: ['compliance-reviewer'],
      jwks: { keys: one },
      ...members
    })
    const withOfficers = (files: Readonly<Record<string, object>>, party: object | null = null): string[] =>
      onCopy((dir) => {
        rmSync(join(dir, 'officers'), { recursive: true })
        mkdirSync(join(dir, 'officers'))
        for (const [name, members] of Object.entries(files)) writeFileSync(join(dir, 'officers', name), JSON.stringify(members))
        if (party !== null) spoil(dir, HOSPITAL, '"keys": []', `"keys": ${JSON.stringify(party)}`)
        return faults(dir)
      })

    it('a house need have none: no folder is no fault', () => {
      onCopy((dir) => {
        rmSync(join(dir, 'officers'), { recursive: true })
        expect(loadPolicies(dir).officers.size).to.equal(0)
      })
    })

    it('each has a file of the id, keys and what he or she may', () => {
      expect(withOfficers({ 'demo-officer.json': officer(), 'other.json': officer({ id: 'other', jwks: { keys: two } }) })).to.deep.equal(
        []
      )
    })

    for (const [rule, files, expected] of [
      ['a file of another name', { 'other.json': officer() }, 'officers/other.json#/id must be the name of the file'],
      [
        'a word that is not known of what may be done',
        { 'demo-officer.json': officer({ roles: ['everything'] }) },
        'officers/demo-officer.json#/roles/0 must be one of proposer, privacy-officer, compliance-reviewer, operator, hospital-admin, insurer-admin, auditor'
      ],
      [
        'two duties that one person does not hold together',
        { 'demo-officer.json': officer({ roles: ['proposer', 'privacy-officer'] }) },
        'officers/demo-officer.json#/roles who defines may not approve'
      ],
      [
        'an operator who sees content',
        { 'demo-officer.json': officer({ roles: ['operator'], sees: ['metadata', 'content'] }) },
        'officers/demo-officer.json#/sees who operates may not read content'
      ],
      [
        'an auditor without a last day',
        { 'demo-officer.json': officer({ roles: ['auditor'] }) },
        'officers/demo-officer.json#/until an auditor must have a last day'
      ],
      [
        'an officer of a party that is none of the kind',
        { 'demo-officer.json': officer({ roles: ['insurer-admin'], party: 'demo-hospital' }) },
        'officers/demo-officer.json#/party must be the id of a registered insurer'
      ],
      ['nothing that may be done', { 'demo-officer.json': officer({ roles: [] }) }, 'officers/demo-officer.json#/roles'],
      [
        'a private key',
        { 'demo-officer.json': officer({ jwks: { keys: [{ ...one[0], d: 'd' }] } }) },
        'officers/demo-officer.json#/jwks/keys/0/d is part of a private key'
      ],
      [
        'the id of a party',
        { 'demo-hospital.json': officer({ id: 'demo-hospital' }) },
        'officers/demo-hospital.json#/id is the id of a party'
      ],
      [
        'a key of two officers, whatever each calls it',
        { 'demo-officer.json': officer(), 'other.json': officer({ id: 'other', jwks: { keys: [{ ...one[0], kid: 'another-name' }] } }) },
        'officers/other.json#/jwks/keys/0 is the key of another party or officer'
      ]
    ] as const)
      it(`${rule} is a fault`, () => {
        expect(withOfficers(files).join('\n')).to.contain(expected)
      })

    it('a key of a party is a fault: whoever signs in is one of them', () => {
      expect(withOfficers({ 'demo-officer.json': officer() }, one).join('\n')).to.contain(
        'officers/demo-officer.json#/jwks/keys/0 is the key of another party or officer'
      )
    })
  })

  it('all faults of all files are listed at once', () => {
    onCopy((dir) => {
      spoil(dir, SEALED, '"k": 3', '"k": 0')
      spoil(dir, HOSPITAL, '"role"', '"rolle"')
      const found = faults(dir)
      expect(found.some((line) => line.startsWith(`${SEALED}#/k`))).to.equal(true)
      expect(found.some((line) => line.startsWith(`${HOSPITAL}#/rolle`))).to.equal(true)
    })
  })

  it('a folder that is not there is a fault, not an empty list', () => {
    onCopy((dir) => {
      rmSync(join(dir, 'agreements'), { recursive: true })
      expect(faults(dir)).to.deep.equal(['agreements the folder cannot be read'])
    })
  })

  it('an agreement whose profile is gone does not load', () => {
    onCopy((dir) => {
      rmSync(join(dir, 'profiles/safe-harbor'), { recursive: true })
      expect(faults(dir).join('\n')).to.include('there is no profile safe-harbor@1')
    })
  })
})
