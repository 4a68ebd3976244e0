/**
 * What the profiles of IHE BALP 1.1.4 ask of an AuditEvent, as data copied from their definitions (FSH of the guide): codes, agents and entities by type, and
 * which of their members must be there. A slice is found by the code of its type (or, closed, by its role); `what` of a patient is a reference to one.
 */
const DCM = 'http://dicom.nema.org/resources/ontology/DCM'
const BALP = 'https://profiles.ihe.net/ITI/BALP/'
const ENTITY_TYPE = 'http://terminology.hl7.org/CodeSystem/audit-entity-type'
const ROLE = 'http://terminology.hl7.org/CodeSystem/object-role'

interface Slice {
  readonly type: string
  readonly role?: readonly string[]
  readonly must: readonly string[]
  readonly never?: readonly string[]
}

interface Rules {
  readonly type: string
  readonly subtype: readonly string[]
  readonly action: string
  readonly outcome: readonly string[]
  readonly agents: readonly Slice[]
  /** the agent that recorded the event itself (val-audit-source) */
  readonly observer?: string
  readonly entities: readonly Slice[]
  readonly closed?: boolean
}

const SOURCE: Slice = { type: `${DCM}|110153`, must: ['who', 'network'], never: ['media'] }
const DESTINATION: Slice = { type: `${DCM}|110152`, must: ['who', 'network'], never: ['media'] }
const PATIENT: Slice = { type: `${ENTITY_TYPE}|1`, role: [`${ROLE}|1`], must: ['what', 'role'] }
const DATA: Slice = { type: `${ENTITY_TYPE}|2`, role: [`${ROLE}|4`, `${ROLE}|3`, `${ROLE}|20`], must: ['what'] }
const QUERY: Slice = { type: `${ENTITY_TYPE}|2`, role: [`${ROLE}|24`], must: ['query'], never: ['what', 'lifecycle', 'detail'] }
const DISCLOSE = 'http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle|disclose'
const REST = 'http://terminology.hl7.org/CodeSystem/audit-event-type|rest'
const RESTFUL = 'http://hl7.org/fhir/restful-interaction'
const NO_DEVICE = ['role', 'altId', 'name', 'location', 'media', 'purposeOfUse']

const read: Rules = {
  type: REST,
  subtype: [`${RESTFUL}|read`],
  action: 'R',
  outcome: ['0'],
  agents: [SOURCE, DESTINATION],
  entities: [DATA]
}
const query: Rules = {
  type: REST,
  subtype: [`${RESTFUL}|search-type`],
  action: 'E',
  outcome: ['0'],
  agents: [SOURCE, DESTINATION],
  entities: [QUERY]
}

export const BALP_RULES: ReadonlyMap<string, Rules> = new Map([
  [
    `${BALP}StructureDefinition/IHE.BasicAudit.PrivacyDisclosure.Source`,
    {
      type: `${DCM}|110106`,
      subtype: [DISCLOSE],
      action: 'R',
      outcome: ['0', '4', '8', '12'],
      agents: [SOURCE, DESTINATION],
      observer: SOURCE.type,
      entities: [PATIENT]
    }
  ],
  [
    `${BALP}StructureDefinition/IHE.BasicAudit.PrivacyDisclosure.Recipient`,
    {
      type: `${DCM}|110107`,
      subtype: [DISCLOSE],
      action: 'C',
      outcome: ['0', '4', '8', '12'],
      agents: [SOURCE, DESTINATION],
      observer: DESTINATION.type,
      entities: [PATIENT]
    }
  ],
  [
    `${BALP}StructureDefinition/IHE.BasicAudit.AuthZconsent`,
    {
      type: `${DCM}|110113`,
      subtype: [`${BALP}CodeSystem/AuthZsubType|AuthZ-Consent`],
      action: 'E',
      outcome: ['0', '4', '8', '12'],
      agents: [
        { type: `${DCM}|110150`, must: ['who', 'network'], never: NO_DEVICE },
        {
          type: 'http://terminology.hl7.org/CodeSystem/v3-ParticipationType|IRCP',
          must: ['who'],
          never: ['altId', 'location', 'media', 'network']
        },
        {
          type: 'http://terminology.hl7.org/CodeSystem/v3-RoleClass|PROV',
          must: ['who'],
          never: ['role', 'altId', 'name', 'policy', 'media', 'network']
        },
        {
          type: 'http://terminology.hl7.org/CodeSystem/extra-security-role-type|authserver',
          must: ['who'],
          never: [...NO_DEVICE, 'policy', 'network']
        }
      ],
      observer: 'http://terminology.hl7.org/CodeSystem/extra-security-role-type|authserver',
      entities: [PATIENT, { type: 'http://hl7.org/fhir/resource-types|Consent', must: ['what'] }],
      closed: true
    }
  ],
  [`${BALP}StructureDefinition/IHE.BasicAudit.Read`, read],
  [`${BALP}StructureDefinition/IHE.BasicAudit.PatientRead`, { ...read, entities: [DATA, PATIENT] }],
  [`${BALP}StructureDefinition/IHE.BasicAudit.Query`, query],
  [`${BALP}StructureDefinition/IHE.BasicAudit.PatientQuery`, { ...query, entities: [QUERY, PATIENT] }],
  [
    `${BALP}StructureDefinition/IHE.IUA.71`,
    {
      type: `${DCM}|110114`,
      subtype: ['urn:ihe:event-type-code|ITI-71'],
      action: 'E',
      outcome: ['0'],
      agents: [
        { type: `${DCM}|110150`, must: ['who', 'network'], never: ['media'] },
        { type: `${BALP}CodeSystem/UserAgentTypes|AuthzOauthService`, must: ['who', 'network'], never: ['media'] }
      ],
      entities: [QUERY],
      closed: true
    }
  ]
])

type Member = Readonly<Record<string, unknown>>

function token(coding: unknown): string {
  const { system = '', code = '' } = (coding ?? {}) as { system?: string; code?: string }
  return `${system}|${code}`
}

function sliceFaults(place: string, parts: readonly Member[], slices: readonly Slice[], typeOf: (part: Member) => string): string[] {
  return slices.flatMap((slice) => {
    const found = parts.filter((part) => typeOf(part) === slice.type)
    const [part] = found
    if (part === undefined || found.length > 1) return [`${place} of type ${slice.type} stands ${found.length} times`]
    return [
      ...slice.must.filter((name) => part[name] === undefined).map((name) => `${place} ${slice.type} has no ${name}`),
      ...(slice.never ?? []).filter((name) => part[name] !== undefined).map((name) => `${place} ${slice.type} has ${name}`),
      ...(slice.role === undefined || slice.role.includes(token(part['role'])) ? [] : [`${place} ${slice.type} has another role`])
    ]
  })
}

/** What an event lacks of the profiles it claims, in sentences; nothing when it keeps to them. */
export function balpFaults(event: Member): string[] {
  const claimed = ((event['meta'] ?? {}) as { profile?: readonly string[] }).profile ?? []
  return claimed.flatMap((url) => {
    const rules = BALP_RULES.get(url)
    if (rules === undefined) return [`${url} is not a profile of BALP`]
    return ruleFaults(event, rules).map((fault) => `${url.split('/').at(-1)}: ${fault}`)
  })
}

function ruleFaults(event: Member, rules: Rules): string[] {
  const agents = event['agent'] as readonly Member[]
  const entities = (event['entity'] ?? []) as readonly Member[]
  const agentType = (part: Member): string => token((part['type'] as { coding: unknown[] } | undefined)?.coding[0])
  const subtypes = ((event['subtype'] ?? []) as unknown[]).map(token)
  const observed = agents.find((part) => agentType(part) === rules.observer)
  return [
    ...(token(event['type']) === rules.type ? [] : ['type']),
    ...rules.subtype.filter((code) => !subtypes.includes(code)).map((code) => `subtype ${code}`),
    ...(rules.closed === true && subtypes.length !== rules.subtype.length ? ['subtype: more than the profile allows'] : []),
    ...(event['action'] === rules.action ? [] : ['action']),
    ...(rules.outcome.includes(String(event['outcome'])) ? [] : ['outcome']),
    ...sliceFaults('agent', agents, rules.agents, agentType),
    ...sliceFaults('entity', entities, rules.entities, (part) => token(part['type'])),
    ...(rules.closed === true && entities.length !== rules.entities.length ? ['entity: more than the profile allows'] : []),
    ...(rules.observer === undefined || JSON.stringify(observed?.['who']) === JSON.stringify((event['source'] as Member)['observer'])
      ? []
      : ['source.observer is not the agent the profile names'])
  ]
}
