/** Made by scripts/generate.ts from schemas/policy: edit the schemas, not this file. */

/**
 * What becomes of a dataset whose quality is below what is promised: it is released and told of (warn), an officer decides (hold), or nothing leaves (refuse).
 */
export type Below = 'warn' | 'hold' | 'refuse'
export type CalendarDate = string

/**
 * A data-sharing agreement as the gateway runs it: who discloses what to whom, for which purpose, in which form and how often. A privacy officer signs it; nothing beside it is consulted.
 */
export interface Agreement {
  /**
   * The agreement's name: also the name of its folder and of the FHIR Group the recipient exports.
   */
  id: string
  /**
   * Counts up with every change.
   */
  version: number
  /**
   * Which rule of 45 CFR 164.514 makes the release lawful; the profile must state the same. safe-harbor: (b)(2). limited-data-set: (e). expert-determination: (b)(1). aggregate-only: no record leaves, only counts and means of groups.
   */
  mode: 'safe-harbor' | 'limited-data-set' | 'expert-determination' | 'aggregate-only'
  /**
   * Party id of the hospital that discloses.
   */
  source: string
  /**
   * Party id of the insurer that receives.
   */
  recipient: string
  /**
   * A code of HL7 v3 PurposeOfUse, such as HPAYMT, HOPERAT or HRESCH.
   */
  purposeOfUse: string
  /**
   * The contract and the rule of law it stands on, in words.
   */
  legalReference: string
  /**
   * First day in force, from 00:00 UTC.
   */
  effective: string
  /**
   * First day no longer in force, from 00:00 UTC.
   */
  expires: string
  /**
   * Minimum necessary (45 CFR 164.502(b)): per FHIR resource type the elements that may leave, in the names the JSON uses (valueQuantity, not value). An element named alone brings all that stands in it; 'item.net' brings only that part. id and resourceType are implied.
   */
  resources: {
    [k: string]: string[]
  }
  /**
   * Events that may leave: from this day on, and before that day. null leaves the side open.
   */
  dateWindow: {
    /**
     * First day of events that may leave.
     */
    from: string | null
    /**
     * First day of events that may no longer leave.
     */
    to: string | null
  }
  /**
   * The de-identification profile every record passes through: by name, and by the hash of its text, so that whoever approves the agreement approves this text and no other.
   */
  profile: {
    name: string
    version: number
    /**
     * As `sallyport profile check` tells it.
     */
    hash: string
  }
  /**
   * The least number of released subjects who must look alike.
   */
  k: number
  /**
   * What to do, in this order, with subjects whose group is smaller than k. Whatever remains is held for an officer; with refuse, last, the dataset is refused instead.
   */
  belowK: ('generalize' | 'suppress' | 'refuse')[]
  /**
   * The greatest share of subjects (0 to 1) that may be suppressed without an officer's decision.
   */
  suppressionLimit: number
  /**
   * What is asked of groups beside k, where the profile declares by what a person could be found (risk).
   */
  risk?: {
    /**
     * Distinct values of each sensitive attribute in every group in which somebody has one, those released earlier included; to have none is a value, too.
     */
    l?: number
    /**
     * The exponential of the entropy of each sensitive attribute in every such group.
     */
    entropyL?: number
    /**
     * Greatest distance (0 to 1) of a group's sensitive values from those of all whom the recipient then holds and of the dataset.
     */
    t?: number
    /**
     * Greatest risk of a person known to be in the dataset: groups of 1 divided by it, or of k, whichever is more.
     */
    maxProsecutorRisk?: number
    /**
     * How many people the subjects stand for: the journalist's risk and the people alone in the population are estimated by it.
     */
    population?: number
  }
  /**
   * How often a dataset may be released. The moment of release dates the events in it.
   */
  releaseWindow: {
    /**
     * ISO 8601 duration: the least time between two releases, such as P1Y or P30D.
     */
    every: string
    /**
     * Who attests, and why, that releasing more often than the dates it hides does not identify anyone.
     */
    attestation: {
      /**
       * Name and office.
       */
      by: string
      /**
       * Day of the attestation.
       */
      date: string
      /**
       * What is attested, and why it holds.
       */
      text: string
    } | null
  }
  /**
   * What is promised of the data of each submission; looked at before anything is released. What is not promised is not measured, but validity.
   */
  quality?: {
    validity?: AtLeast
    /**
     * Share of the records of a type in which an element is there: Observation.code, or Observation.value[x] for any of its choices.
     */
    completeness?: {
      [k: string]: AtLeast1
    }
    /**
     * Days from an event to its arrival.
     */
    timeliness?: {
      median?: Days
      p95?: Days1
    }
    duplicates?: AtMost
    references?: AtLeast2
    plausibility?: AtLeast3
  }
  /**
   * FHIR resource types of which the recipient already holds identified records of the same people. An empty list attests: none.
   */
  recipientHolds: string[]
  /**
   * 45 CFR 164.514(b)(2)(ii): the source attests that it has no actual knowledge that what leaves could identify a person, alone or with other information. Needed for safe-harbor, anew for each version; null for every other mode.
   */
  noActualKnowledge: {
    /**
     * Name and office, at the source.
     */
    by: string
    /**
     * Day of the attestation.
     */
    date: string
    /**
     * What is attested, and what was looked at.
     */
    text: string
    /**
     * The version of this agreement that it is about.
     */
    version: number
  } | null
  /**
   * 45 CFR 164.514(e)(4): the data use agreement on record. Needed for limited-data-set; null for every other mode. Nothing is taken in or let out after it ends.
   */
  dataUseAgreement: {
    /**
     * Under which it is on record.
     */
    id: string
    /**
     * Day it was signed.
     */
    date: string
    /**
     * First day no longer in force, from 00:00 UTC.
     */
    expires: string
    /**
     * Every term that (e)(4)(ii) asks for, as the data use agreement words it.
     */
    terms: {
      /**
       * (e)(4)(ii)(A): the permitted uses and disclosures, for research, public health or health care operations only.
       */
      permittedUses: string
      /**
       * (e)(4)(ii)(B): who may use or receive it.
       */
      permittedUsers: string
      /**
       * (e)(4)(ii)(C)(1): no use or disclosure beyond what the data use agreement or the law permits.
       */
      noFurtherUse: string
      /**
       * (e)(4)(ii)(C)(2): appropriate safeguards against any other use or disclosure.
       */
      safeguards: string
      /**
       * (e)(4)(ii)(C)(3): any other use or disclosure is reported to the source.
       */
      reportsUnpermitted: string
      /**
       * (e)(4)(ii)(C)(4): agents who get it agree to the same restrictions.
       */
      agentsBound: string
      /**
       * (e)(4)(ii)(C)(5): the recipient does not identify the information or contact the people.
       */
      noReidentification: string
    }
  } | null
  /**
   * How a dataset is sealed: c2sp (chunked AES-256-GCM), cms (RFC 5652 AuthEnvelopedData), or transport-only (in clear over TLS to a stock FHIR client; officers must sign).
   */
  sealedForm: 'c2sp' | 'cms' | 'transport-only'
  /**
   * The officers who accept transport-only; empty for every other sealed form.
   */
  transportOnlySignedBy: {
    /**
     * Name and office.
     */
    officer: string
    /**
     * Day of signature.
     */
    date: string
  }[]
  /**
   * kid of the recipient's encryption key, to which data keys are wrapped. null only for transport-only.
   */
  recipientKey: string | null
  categories?: Categories
  codeFilters?: CodeFilters
  /**
   * Whose records may leave. Who is not on it stays in, whole; records about no patient are not asked.
   */
  roster?:
    | {
        /**
         * Id of the FHIR Group whose members were loaded (sallyport roster load).
         */
        group: string
      }
    | {
        /**
         * Id of the FHIR Group among the records of each submission: its members, on the day the submission is closed, are who may leave of that submission.
         */
        submitted: string
      }
    | {
        /**
         * On it is who has an active Coverage among what the source sent that is in force on the day of release.
         */
        coverage: {
          /**
           * The payor, as Coverage.payor.reference names it.
           */
          payor: string
          /**
           * Coverage.type has one of these; any, where left out.
           *
           * @minItems 1
           * @maxItems 100
           */
          types?: [Codes, ...Codes[]]
        }
      }
  /**
   * Spans of days with terms of their own: in a phase its members stand instead of the agreement's. Between phases the agreement's own terms hold. What counts is the moment of release.
   *
   * @minItems 1
   * @maxItems 50
   */
  phases?: [
    {
      /**
       * How it is called in sentences and rules.
       */
      name: string
      /**
       * Its first day, from 00:00 UTC.
       */
      from: string
      /**
       * The first day after it, from 00:00 UTC.
       */
      to: string
      resources?: Resources
      dateWindow?: DateWindow
      categories?: Categories1
      codeFilters?: CodeFilters1
      /**
       * Instead of the agreement's k.
       */
      k?: number
      limits?: Limits
    },
    ...{
      /**
       * How it is called in sentences and rules.
       */
      name: string
      /**
       * Its first day, from 00:00 UTC.
       */
      from: string
      /**
       * The first day after it, from 00:00 UTC.
       */
      to: string
      resources?: Resources
      dateWindow?: DateWindow
      categories?: Categories1
      codeFilters?: CodeFilters1
      /**
       * Instead of the agreement's k.
       */
      k?: number
      limits?: Limits
    }[]
  ]
  limits?: Limits1
  /**
   * Every so often a privacy officer attests the agreement and the profile it names anew. Not attested in time, or past the last day of its certificate, it suspends itself.
   */
  reattestation?: {
    /**
     * ISO 8601 duration of a day at least, such as P1Y, from the last signed word of a privacy officer.
     */
    every: string
  }
  /**
   * Parties that act for the source: beside it they may send in its name (an accountable care organisation for its practices). What they send is the source's: its records, patients, consents and accountings.
   *
   * @minItems 1
   * @maxItems 100
   */
  senders?: [string, ...string[]]
  /**
   * How its parties prove who they are. Not said, or private_key_jwt: by a signed assertion alone (RFC 7523). client_secret: by a secret that an operator gave them, too; a party may use one only if every agreement in force of which it is a side says so.
   */
  clientAuthentication?: 'private_key_jwt' | 'client_secret'
  /**
   * For whom the recipient acts beside itself (an accountable care organisation for its practices), in words.
   *
   * @minItems 1
   * @maxItems 10000
   */
  actsFor?: [string, ...string[]]
  /**
   * Contracts this agreement stands on. Outside their days nothing is taken in or let out.
   *
   * @minItems 1
   * @maxItems 50
   */
  evidence?: [
    {
      /**
       * baa: business associate agreement (45 CFR 164.504(e)); dua: data use agreement; nda: non-disclosure agreement.
       */
      kind: 'baa' | 'dua' | 'nda' | 'other'
      /**
       * Under which it is on record.
       */
      id: string
      /**
       * SHA-256 of the signed document.
       */
      digest: string
      /**
       * Day it was signed.
       */
      date: string
      /**
       * First day no longer in force; null: it has no end.
       */
      expires: string | null
    },
    ...{
      /**
       * baa: business associate agreement (45 CFR 164.504(e)); dua: data use agreement; nda: non-disclosure agreement.
       */
      kind: 'baa' | 'dua' | 'nda' | 'other'
      /**
       * Under which it is on record.
       */
      id: string
      /**
       * SHA-256 of the signed document.
       */
      digest: string
      /**
       * Day it was signed.
       */
      date: string
      /**
       * First day no longer in force; null: it has no end.
       */
      expires: string | null
    }[]
  ]
  /**
   * Who answers for the agreement, and how to reach them.
   *
   * @minItems 1
   * @maxItems 50
   */
  responsible?: [
    {
      /**
       * Which side.
       */
      for: 'source' | 'recipient'
      /**
       * Name and office.
       */
      name: string
      /**
       * Address or telephone number.
       */
      contact: string
    },
    ...{
      /**
       * Which side.
       */
      for: 'source' | 'recipient'
      /**
       * Name and office.
       */
      name: string
      /**
       * Address or telephone number.
       */
      contact: string
    }[]
  ]
  /**
   * Duties beyond what the other members say. None of them is enforced by the gateway.
   *
   * @minItems 1
   * @maxItems 100
   */
  duties?: [
    {
      /**
       * Whose duty.
       */
      of: 'source' | 'recipient'
      /**
       * The duty, in a sentence.
       */
      text: string
    },
    ...{
      /**
       * Whose duty.
       */
      of: 'source' | 'recipient'
      /**
       * The duty, in a sentence.
       */
      text: string
    }[]
  ]
  /**
   * To whom a dispute is told, and in how many days it is answered.
   */
  dispute?: {
    /**
     * Name and address.
     */
    contact: string
    /**
     * Days to answer.
     */
    days: number
  }
  /**
   * What the agreement exists for, each with all that makes it measurable. One of cost, or told in money, never stands without one of quality measured in its period; a target is another value than its baseline, save of cost.
   *
   * @minItems 1
   * @maxItems 100
   */
  indicators?: [
    {
      /**
       * How it is called.
       */
      name: string
      /**
       * What it is a measure of.
       */
      about: 'quality' | 'cost' | 'use' | 'experience'
      /**
       * What is counted over what, in a sentence.
       */
      measure: string
      baseline: Figure
      target: Figure
      /**
       * The span it is measured over.
       */
      period: {
        from: CalendarDate
        to: CalendarDate
      }
      /**
       * Who answers for it.
       */
      owner: string
      /**
       * What is paid for it, and where the contract says so.
       */
      paymentClause: string
    },
    ...{
      /**
       * How it is called.
       */
      name: string
      /**
       * What it is a measure of.
       */
      about: 'quality' | 'cost' | 'use' | 'experience'
      /**
       * What is counted over what, in a sentence.
       */
      measure: string
      baseline: Figure
      target: Figure
      /**
       * The span it is measured over.
       */
      period: {
        from: CalendarDate
        to: CalendarDate
      }
      /**
       * Who answers for it.
       */
      owner: string
      /**
       * What is paid for it, and where the contract says so.
       */
      paymentClause: string
    }[]
  ]
  /**
   * How many days released data are kept.
   */
  retention: {
    /**
     * By the gateway, after release (enforced).
     */
    gatewayDays: number
    /**
     * By the recipient, after receipt (contractual only).
     */
    recipientDays: number
  }
}
/**
 * Share of the records received that validate.
 */
export interface AtLeast {
  /**
   * The least share, 0 to 1.
   */
  min: number
  below: Below
}
export interface AtLeast1 {
  /**
   * The least share, 0 to 1.
   */
  min: number
  below: Below
}
/**
 * Of half of the events.
 */
export interface Days {
  /**
   * The most days.
   */
  max: number
  below: Below
}
/**
 * Of 95 in 100 events.
 */
export interface Days1 {
  /**
   * The most days.
   */
  max: number
  below: Below
}
/**
 * Share of records that came twice in a submission, under the same identity or with the same content.
 */
export interface AtMost {
  /**
   * The greatest share, 0 to 1.
   */
  max: number
  below: Below
}
/**
 * Share of references whose record came, too; conditional ones are not looked at.
 */
export interface AtLeast2 {
  /**
   * The least share, 0 to 1.
   */
  min: number
  below: Below
}
/**
 * Share of the records looked at that no rule of plausibility finds fault with.
 */
export interface AtLeast3 {
  /**
   * The least share, 0 to 1.
   */
  min: number
  below: Below
}
/**
 * Sensitive categories whose records may leave. Every category that is not named here stays in; without this member all do (gateway/core/agreement/categories: code lists and security labels).
 */
export interface Categories {
  /**
   * The categories that may leave.
   */
  granted: ('substance-use' | 'psychotherapy-notes' | 'hiv' | 'behavioural' | 'reproductive' | 'genetic' | 'violence' | 'restricted')[]
}
/**
 * Value sets: of these types only records leave that have one of the codes at the element.
 */
export interface CodeFilters {
  /**
   * Element → the codes of which it must have one. Every element named must.
   */
  [k: string]: {
    [k: string]: {
      /**
       * @minItems 1
       * @maxItems 50
       */
      in: [Codes, ...Codes[]]
    }
  }
}
export interface Codes {
  /**
   * The code system, as codings name it.
   */
  system: string
  /**
   * @minItems 1
   * @maxItems 20000
   */
  codes: [string, ...string[]]
}
/**
 * Instead of the agreement's resources.
 */
export interface Resources {
  [k: string]: string[]
}
/**
 * Instead of the agreement's dateWindow.
 */
export interface DateWindow {
  /**
   * First day of events that may leave.
   */
  from: string | null
  /**
   * First day of events that may no longer leave.
   */
  to: string | null
}
/**
 * Instead of the agreement's categories.
 */
export interface Categories1 {
  /**
   * The categories that may leave.
   */
  granted: ('substance-use' | 'psychotherapy-notes' | 'hiv' | 'behavioural' | 'reproductive' | 'genetic' | 'violence' | 'restricted')[]
}
/**
 * Instead of the agreement's codeFilters.
 */
export interface CodeFilters1 {
  /**
   * Element → the codes of which it must have one. Every element named must.
   */
  [k: string]: {
    [k: string]: {
      /**
       * @minItems 1
       * @maxItems 50
       */
      in: [Codes, ...Codes[]]
    }
  }
}
/**
 * Instead of the agreement's limits.
 */
export interface Limits {
  /**
   * ISO 8601 duration, such as P30D.
   */
  period: string
  /**
   * At most so many datasets.
   */
  datasets?: number
  /**
   * At most so many subjects, counted anew in each dataset.
   */
  subjects?: number
  /**
   * At most so many records.
   */
  records?: number
}
/**
 * How much may be released in any span of this length.
 */
export interface Limits1 {
  /**
   * ISO 8601 duration, such as P30D.
   */
  period: string
  /**
   * At most so many datasets.
   */
  datasets?: number
  /**
   * At most so many subjects, counted anew in each dataset.
   */
  subjects?: number
  /**
   * At most so many records.
   */
  records?: number
}
/**
 * A number and its unit, such as { "value": 14.2, "unit": "%" }.
 */
export interface Figure {
  value: number
  unit: string
}
/**
 * What a person says of one version of an agreement: the payload of a compact JWS (typ sallyport-approval+jwt), signed with that person's own key.
 */
export interface Approval {
  v: 1
  /**
   * Id of the agreement.
   */
  agreement: string
  version: number
  /**
   * Of the document: RFC 8785, SHA-256.
   */
  hash: string
  /**
   * In which capacity. source, recipient: with a signing key of that party. privacy-officer: with a key of policies/officers. proposer: with any of these.
   */
  as: 'proposer' | 'source' | 'recipient' | 'privacy-officer'
  /**
   * A proposer proposes; the others approve or reject. A privacy officer attests anew what is in force, with the profile it names; puts in force again what is suspended; ends for good what was proposed, approved, is in force or suspended.
   */
  decision: 'propose' | 'approve' | 'reject' | 'reattest' | 'resume' | 'revoke'
  /**
   * Who signs: the id of an officer of policies/officers, or name and office at the party.
   */
  officer: string
  /**
   * The moment of signing, UTC.
   */
  at: string
}
export type Instant = string

/**
 * A golden case beside an agreement: a request, and the decision the agreement must give. A privacy officer writes tests with it, without code.
 */
export interface AgreementCase {
  /**
   * What the case shows, as a sentence, with its source.
   */
  rule: string
  /**
   * Exactly one of these.
   */
  request: {
    /**
     * A party sends under this agreement.
     */
    submission?: {
      party: string
      at: Instant
    }
    /**
     * A party fetches what this agreement released.
     */
    export?: {
      party: string
      at: Instant
    }
    /**
     * A FHIR record meets the types and the date window.
     */
    record?: {
      resourceType: string
      [k: string]: unknown
    }
    /**
     * An element meets the minimum-necessary list.
     */
    element?: {
      type: string
      path: string
    }
    /**
     * A dataset is due, or not yet.
     */
    release?: {
      lastReleaseAt: string | null
      at: Instant
    }
  }
  /**
   * permit; or deny with the code; or, for a release that is not due, wait with the instant it is due.
   */
  expect: {
    verdict: 'permit' | 'deny' | 'wait'
    code?: string
    until?: Instant
  }
}
/**
 * What an officer says of one request for roles beyond his or her file: the payload of a compact JWS (typ sallyport-emergency+jwt), signed with the officer's own key.
 */
export interface EmergencyWord {
  v: 1
  /**
   * Id of the request.
   */
  emergency: string
  /**
   * Of the request: RFC 8785, SHA-256.
   */
  hash: string
  /**
   * Who asks, asks; two others approve.
   */
  decision: 'ask' | 'approve'
  /**
   * Who signs: the id of an officer of policies/officers.
   */
  officer: string
  /**
   * The moment of signing, UTC.
   */
  at: string
}
/**
 * How long what entries of the log say is kept, and when officers are at work.
 */
export interface LogPolicy {
  /**
   * Raised with every change.
   */
  version: number
  /**
   * What an entry says is deleted after so many years, its leaf and hash never. At least seven: six by 45 CFR 164.316(b)(2)(i), 164.530(j)(2), and a patient may be owed an accounting of six years back up to 90 days after asking (164.528(a)(1), (c)(1)), which needs what entries said. Nothing under a legal hold is deleted.
   */
  keepYears: number
  /**
   * When people are at work: what officers do at other hours is shown by a review.
   */
  officeHours?: {
    /**
     * IANA time zone, such as America/New_York.
     */
    zone: string
    /**
     * @minItems 1
     */
    days: ['Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun', ...('Mon' | 'Tue' | 'Wed' | 'Thu' | 'Fri' | 'Sat' | 'Sun')[]]
    /**
     * First minute of the day.
     */
    from: string
    /**
     * First minute after it.
     */
    until: string
  }
}
/**
 * A person who governs, reviews or operates the gateway, or keeps the keys of a party; what he or she may do and see, and the public keys that prove it.
 */
export interface Officer {
  /**
   * The officer's name in approvals, also that of the file.
   */
  id: string
  /**
   * Name of the person.
   */
  name: string
  /**
   * The office held.
   */
  office: string
  /**
   * proposer: defines agreements and proposes them. privacy-officer: approves, rejects, attests, suspends, resumes and revokes one, and simulates it. compliance-reviewer: asks for accountings of disclosures, reads the log. operator: registers parties, rotates and revokes keys, ends sessions; never reads content. hospital-admin, insurer-admin: keeps the keys of the party named in `party`, and sees what is its own. auditor: reads what a reviewer reads, changes nothing, until the day in `until`.
   *
   * @minItems 1
   */
  roles: [
    'proposer' | 'privacy-officer' | 'compliance-reviewer' | 'operator' | 'hospital-admin' | 'insurer-admin' | 'auditor',
    ...('proposer' | 'privacy-officer' | 'compliance-reviewer' | 'operator' | 'hospital-admin' | 'insurer-admin' | 'auditor')[]
  ]
  /**
   * What the officer may see, granted apart from the roles. metadata: that something was, when, between whom, how much. content: what is told of patients and their records. resend: have again what left before. Not given: metadata.
   *
   * @minItems 1
   */
  sees?: ['metadata' | 'content' | 'resend', ...('metadata' | 'content' | 'resend')[]]
  /**
   * Of a hospital-admin or insurer-admin: the party whose keys he or she keeps.
   */
  party?: string
  /**
   * The last day on which the officer may sign in, UTC; an auditor must have one.
   */
  until?: string
  /**
   * The officer's `sub` at the OpenID Connect provider of the gateway. Not given: he or she signs in by key alone.
   */
  subject?: string
  /**
   * Public keys to sign with.
   */
  jwks: {
    keys: PublicJwk[]
  }
}
/**
 * A public key (RFC 7517). Private members are not known here, so a private key is refused.
 */
export interface PublicJwk {
  kty: 'RSA' | 'EC'
  kid: string
  use: 'sig' | 'enc'
  alg: 'RS384' | 'ES384' | 'RSA-OAEP-256' | 'ECDH-ES+A256KW'
  key_ops?: ('verify' | 'encrypt' | 'wrapKey' | 'deriveKey' | 'deriveBits')[]
  n?: string
  e?: string
  crv?: 'P-256' | 'P-384' | 'P-521'
  x?: string
  y?: string
  x5c?: string[]
  'x5t#S256'?: string
}
/**
 * One X.509 certificate, PEM.
 */
export type PemCertificate = string

/**
 * A hospital or an insurer as the gateway knows it: who it is, where it is, and the public keys that prove it.
 */
export interface Party {
  /**
   * The party's name, also its client_id.
   */
  id: string
  /**
   * A hospital comes in at one door, an insurer leaves at the other.
   */
  role: 'hospital' | 'insurer'
  /**
   * Name as it stands in an accounting of disclosures (45 CFR 164.528(b)(2)(ii)).
   */
  name: string
  /**
   * Postal address, one line.
   */
  address: string
  /**
   * Base URLs of the party's own FHIR servers: references under them are the party's own records.
   */
  fhirBases: string[]
  /**
   * Public keys, given here. Either this, jwksUri or certificates; beside certificates, keys to seal to alone.
   */
  jwks?: {
    keys: PublicJwk[]
  }
  /**
   * Where the public keys are served (RFC 7517). Either this, jwks or certificates.
   */
  jwksUri?: string
  /**
   * Instead of keys, the authorities that vouch for the key the party signs with (RFC 5280). Its certificate stands here (leaves), or comes in the x5c header of what it signs and bears the names.
   */
  certificates?: {
    /**
     * Authorities that are trusted for this party, and for no other: a certificate of each.
     */
    anchors: PemCertificate[]
    /**
     * Authorities between an anchor and the party's certificate, where it does not send them.
     */
    intermediates?: PemCertificate[]
    /**
     * The party's own certificates. If there are any, only these count.
     */
    leaves?: PemCertificate[]
    /**
     * What the party's certificate must bear, each of them: names of its subject (CN, O, OU, C, serialNumber) or alternative names (DNS, URI, email), as 'DNS:keys.hospital.example'.
     */
    names?: string[]
    /**
     * Purposes that the party's certificate must be for, as OIDs (RFC 5280 §4.2.1.12).
     */
    extendedKeyUsage?: string[]
    /**
     * crl: each certificate below the anchor must stand under a list in force (crls, crlUris) that does not name it. none: nobody asks, for certificates that live for days.
     */
    revocation: 'crl' | 'none'
    /**
     * Lists of revoked certificates (RFC 5280 §5), PEM.
     */
    crls?: string[]
    /**
     * Where such lists are served (DER or PEM). What a certificate says of that is never followed.
     */
    crlUris?: string[]
  }
  /**
   * Where the party can be reached.
   */
  endpoints?: {
    /**
     * FHIR server to pull from.
     */
    fhir?: string
    /**
     * Address to push datasets to.
     */
    delivery?: string
  }
  /**
   * SHA-256 thumbprints (x5t#S256, base64url) of the client certificates this party may use (RFC 8705). If there are any, a certificate is required.
   */
  certificateThumbprints?: string[]
}
/**
 * A de-identification profile as the engine runs it: an allow-list. What no rule keeps is removed, and each rule says why and on what ground. A privacy officer signs it by name, version and hash.
 */
export type Profile = RecordDocument | AggregateProfile
export type Sentence = string
/**
 * Element path in the names the JSON uses; onset[x] means every type it may have.
 */
export type Path = string
/**
 * How a value becomes coarser, one level. What it does not cover is removed.
 */
export type Hierarchy = PrefixHierarchy | BinsHierarchy | CodesHierarchy | DatesHierarchy
export type RiskName = string
/**
 * Elements as they leave; Patient.extension.us-core-race is an extension by the end of its URL.
 *
 * @minItems 1
 */
export type RiskPaths = [string, ...string[]]
/**
 * Codes as system|code; with * at the end all that begin so. They are looked for in every element that leaves, contained resources included; those of ICD are compared without the dot, ICD-10-CM with ICD-10.
 *
 * @minItems 1
 */
export type RiskCodes = [string, ...string[]]
/**
 * Coarser and coarser, the finest first; as it leaves by the other rules is the level before the first. Each says all that is done at it.
 *
 * @maxItems 8
 */
export type RiskLevels =
  | []
  | [
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      }
    ]
  | [
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      }
    ]
  | [
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      }
    ]
  | [
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      }
    ]
  | [
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      }
    ]
  | [
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      }
    ]
  | [
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      }
    ]
  | [
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      },
      {
        /**
         * What is left: 5 years, state, *.
         */
        label: string
        /**
         * By element path, as in generalized.
         */
        rules: {
          [k: string]: Rule
        }
      }
    ]
export type Pattern = VisitsPattern | IntervalPattern | RareCodePattern
/**
 * Where a band begins, rising; what is below the first is a band, too.
 *
 * @minItems 1
 * @maxItems 20
 */
export type RiskEdges =
  | [number]
  | [number, number]
  | [number, number, number]
  | [number, number, number, number]
  | [number, number, number, number, number]
  | [number, number, number, number, number, number]
  | [number, number, number, number, number, number, number]
  | [number, number, number, number, number, number, number, number]
  | [number, number, number, number, number, number, number, number, number]
  | [number, number, number, number, number, number, number, number, number, number]
  | [number, number, number, number, number, number, number, number, number, number, number]
  | [number, number, number, number, number, number, number, number, number, number, number, number]
  | [number, number, number, number, number, number, number, number, number, number, number, number, number]
  | [number, number, number, number, number, number, number, number, number, number, number, number, number, number]
  | [number, number, number, number, number, number, number, number, number, number, number, number, number, number, number]
  | [number, number, number, number, number, number, number, number, number, number, number, number, number, number, number, number]
  | [number, number, number, number, number, number, number, number, number, number, number, number, number, number, number, number, number]
  | [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number
    ]
  | [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number
    ]
  | [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number
    ]

/**
 * A profile of records: resources leave, each with what is left of it. One that extends another (an overlay) names only what differs.
 */
export interface RecordDocument {
  /**
   * Also the name of its folder.
   */
  name: string
  /**
   * Counts up with every change.
   */
  version: number
  /**
   * The legal ground a release under this profile stands on.
   */
  mode: 'safe-harbor' | 'limited-data-set' | 'expert-determination'
  /**
   * One sentence: what leaves under this profile.
   */
  title: string
  /**
   * The rule of law, as cited.
   */
  legalBasis: string
  /**
   * The profile this one is laid over. Maps (datatypes, elements, generalized, hierarchies, resources, refused) are merged by key, its own entry wins; lists and zip3 stand instead of those of the base where they are given.
   */
  extends?: {
    name: string
    version: number
  }
  certificate?: Certificate
  /**
   * summary: security labels of the record (v3 ObservationValue: PSEUDED, REDACTED, ABSTRED) say what was done to it. Default: none.
   */
  labels?: 'none' | 'summary'
  /**
   * By FHIR datatype: what is done with a value of it wherever an element of that type is named. A datatype that is not here is removed.
   */
  datatypes?: {
    [k: string]: Rule
  }
  /**
   * By element path (Patient.birthDate, Address.state): what is done there instead of the rule of its datatype.
   */
  elements?: {
    [k: string]: Rule
  }
  /**
   * By resource type: the elements that may leave. An element that is not here is removed.
   */
  resources?: {
    [k: string]: ResourceRule
  }
  /**
   * Every other resource type of FHIR R4, and why none of it leaves: a record of it is withheld whole (no-rule). With resources, all 146.
   */
  refused?: {
    [k: string]: Sentence
  }
  /**
   * By name: how generalize makes a value coarser.
   */
  hierarchies?: {
    [k: string]: Hierarchy
  }
  /**
   * Resource types that belong to no patient: their ids are surrogates under the agreement's own secret, the same for all subjects.
   */
  shared?: string[]
  /**
   * The extensions that may leave, where they stand, and which value of them. Every other extension is removed.
   */
  extensions?: ExtensionRule[]
  /**
   * The code systems whose codings may leave, and the shape a code of theirs has. A coding of another system is removed: a local code can hold anything.
   */
  codeSystems?: CodeSystem[]
  /**
   * Units beside those of the UCUM list HL7 publishes. A quantity in another unit is removed: a unit is a word the sender chose.
   */
  units?: string[]
  /**
   * Codes of observations whose value is the patient's age.
   */
  ageCodes?: ObservedCode[]
  /**
   * Codes of observations whose value is a date of birth or death: the value is removed, for the Patient says it as far as it may be said.
   */
  vitalDateCodes?: ObservedCode[]
  /**
   * The ZIP prefixes that may leave; every other becomes 000.
   */
  zip3?: {
    because: Sentence
    source: Sentence
    /**
     * Prefixes of three digits, in rows, separated by blanks.
     */
    allowed: string[]
  }
  /**
   * Fields computed from the source records of a subject while dates are still there.
   */
  derived?: Derived[]
  /**
   * By element path: what is done, on top, with the records of a subject whose group is smaller than the agreement's k.
   */
  generalized?: {
    [k: string]: Rule
  }
  risk?: Risk
}
/**
 * The determination of an expert that the risk is very small (45 CFR 164.514(b)(1)).
 */
export interface Certificate {
  /**
   * Under which the determination is on record.
   */
  id: string
  /**
   * Who determined it, and what makes them an expert.
   */
  expert: string
  /**
   * By which generally accepted principles and methods; its justification is on record.
   */
  method: string
  /**
   * What a release must keep to.
   */
  threshold: {
    /**
     * Least size of a group of look-alikes.
     */
    k: number
    /**
     * Greatest risk accepted, as a probability.
     */
    risk: number
  }
  /**
   * ISO 8601 duration: the least time between releases for which the risk was determined. A record first seen in a release happened after the one before.
   */
  every: string
  /**
   * First day in force (UTC).
   */
  issued: string
  /**
   * First day no longer in force (UTC).
   */
  expires: string
  /**
   * Made up for a demonstration: never for records of real people.
   */
  demo: boolean
}
/**
 * What is done, why, and on what ground.
 */
export interface Rule {
  /**
   * keep: as it is (a date, instant or time only when well formed). code: kept when it is one of the codes FHIR binds the element to, or fits the pattern. year: a date becomes its year, or goes when the year shows an age over 89. birth-year: the year, or nothing and a mark for 90 and over. shift: a date goes back by the subject's own number of days (1 to 365), the time of day stays. birth-shift: as shift, or nothing and a mark for 90 and over. age-90: an age of 90 or more becomes 90 or more. observed: an age when the code beside it says so, else a quantity. zip3: three digits of the list, else 000. state: a state of the United States. coding, quantity, reference: see codeSystems, units; a reference gets the surrogate of its target. generalize: the next coarser value of the hierarchy, or nothing. perturb: a number moved at random within the span. substitute: always the same value instead. surrogate: a random code instead of a text or id, the same for the same text of a subject. scrub: of a text, a narrative or an attachment what identifies is covered; under expert-determination only. by-element: only the named children. decade: of a birth year. period: of a date only the years between which it lies. roll-up: a code of the hierarchy becomes its parent, any other stays. mask: gone, with a mark that it was there. remove: gone.
   */
  verb:
    | 'keep'
    | 'code'
    | 'year'
    | 'birth-year'
    | 'shift'
    | 'birth-shift'
    | 'age-90'
    | 'observed'
    | 'zip3'
    | 'state'
    | 'coding'
    | 'quantity'
    | 'reference'
    | 'generalize'
    | 'perturb'
    | 'substitute'
    | 'surrogate'
    | 'scrub'
    | 'by-element'
    | 'decade'
    | 'period'
    | 'roll-up'
    | 'mask'
    | 'remove'
  because: Sentence
  source: Sentence
  /**
   * Regular expression a kept text must match whole.
   */
  pattern?: string
  /**
   * For code with a pattern: fourteen digits must carry the check digit of GS1, codes that of LOINC; else the text may hold the number of a person.
   */
  checked?: 'gs1' | 'loinc'
  /**
   * For by-element: the children that are looked at; each by its own rule.
   */
  elements?: Path[]
  /**
   * Of a list, only so many items, the first ones that have anything left.
   */
  atMost?: number
  /**
   * For generalize and roll-up: a name of hierarchies.
   */
  hierarchy?: string
  /**
   * For substitute: what stands there instead; of the element's own type.
   */
  with?:
    | string
    | number
    | boolean
    | {
        [k: string]: unknown
      }
  /**
   * For perturb: how wide the noise lies around the value; half of it to each side. For period: how many years.
   */
  span?: number
  /**
   * For perturb: the span as it is, or times the value.
   */
  range?: 'fixed' | 'proportional'
  /**
   * For scrub: what stands in place of an identifier, its class in brackets (the default) or an invented value.
   */
  cover?: 'placeholder' | 'surrogate'
  /**
   * For perturb: places after the point that stay.
   */
  roundTo?: number
}
/**
 * In an overlay (extends): keep and absent are added to those of the base, because is its own where it is given.
 */
export interface ResourceRule {
  because?: Sentence
  /**
   * Elements that may leave, each by the rule of its path or its datatype. A group that nests in groups of its own type is named alone (item.item): it keeps what the outer one keeps, at any depth.
   */
  keep?: Path[]
  /**
   * What a reader may miss, and why it is not there.
   */
  absent?: {
    [k: string]: Sentence
  }
}
/**
 * The first characters of a text or code; a shorter one is removed.
 */
export interface PrefixHierarchy {
  because: Sentence
  source: Sentence
  kind: 'prefix'
  length: number
}
/**
 * A number becomes the lower edge of its bin; one below the first edge, or not below the last, is removed.
 */
export interface BinsHierarchy {
  because: Sentence
  source: Sentence
  kind: 'bins'
  /**
   * In rising order.
   *
   * @minItems 2
   * @maxItems 200
   */
  edges: [number, number, ...number[]]
  /**
   * UCUM code of the quantities the edges are meant for; one in another unit is removed. Absent: numbers without a unit.
   */
  unit?: string
}
/**
 * Each code and the code above it, both of the same system.
 */
export interface CodesHierarchy {
  because: Sentence
  source: Sentence
  kind: 'codes'
  map: {
    [k: string]: string
  }
}
/**
 * A date becomes its year or month.
 */
export interface DatesHierarchy {
  because: Sentence
  source: Sentence
  kind: 'dates'
  to: 'year' | 'month'
}
export interface ExtensionRule {
  url: string
  /**
   * Type or element paths it may stand on; * is everywhere.
   *
   * @minItems 1
   */
  on: [string, ...string[]]
  /**
   * omb: the OMB categories of a US Core race or ethnicity extension, their text rewritten.
   */
  value: 'valueCode' | 'valueBoolean' | 'omb'
  /**
   * The codes it may have.
   */
  codes?: {
    [k: string]: string
  }
  because: Sentence
  source: Sentence
}
export interface CodeSystem {
  /**
   * Its URL; hl7-r4 means every code system HL7 publishes in full with R4, each with exactly its codes.
   */
  system: string
  title: string
  /**
   * Regular expression a code must match whole.
   */
  pattern?: string
  /**
   * Where its codings may stand: whole element paths, or how such paths end; anywhere when absent. For systems whose codes could be another number.
   *
   * @minItems 1
   */
  on?: [string, ...string[]]
  because: Sentence
}
export interface ObservedCode {
  system: string
  code: string
  because: Sentence
}
export interface Derived {
  name: 'length-of-stay' | 'days-to-next-admission' | 'readmission-30' | 'age-at-event' | 'last-a1c-of-year'
  /**
   * Resource types that carry it.
   *
   * @minItems 1
   */
  on: [string, ...string[]]
  because: Sentence
  source: Sentence
}
/**
 * By what a person could be found in a dataset, and how it is made coarser. With it the risk gate chooses one level for each quasi-identifier, the same for all whom the recipient does not know yet: of all choices that hold what the agreement asks, the one that costs least. Without it, whoever too few look like is generalized alone. Of an overlay its own: it is not laid over that of the base.
 */
export interface Risk {
  /**
   * What others know of a person and the Patient shows.
   *
   * @minItems 1
   * @maxItems 12
   */
  quasiIdentifiers:
    | [QuasiIdentifier]
    | [QuasiIdentifier, QuasiIdentifier]
    | [QuasiIdentifier, QuasiIdentifier, QuasiIdentifier]
    | [QuasiIdentifier, QuasiIdentifier, QuasiIdentifier, QuasiIdentifier]
    | [QuasiIdentifier, QuasiIdentifier, QuasiIdentifier, QuasiIdentifier, QuasiIdentifier]
    | [QuasiIdentifier, QuasiIdentifier, QuasiIdentifier, QuasiIdentifier, QuasiIdentifier, QuasiIdentifier]
    | [QuasiIdentifier, QuasiIdentifier, QuasiIdentifier, QuasiIdentifier, QuasiIdentifier, QuasiIdentifier, QuasiIdentifier]
    | [
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier
      ]
    | [
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier
      ]
    | [
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier
      ]
    | [
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier
      ]
    | [
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier,
        QuasiIdentifier
      ]
  /**
   * What must not be learned of a person by its group: for l-diversity and t-closeness.
   *
   * @maxItems 8
   */
  sensitive?:
    | []
    | [SensitiveAttribute]
    | [SensitiveAttribute, SensitiveAttribute]
    | [SensitiveAttribute, SensitiveAttribute, SensitiveAttribute]
    | [SensitiveAttribute, SensitiveAttribute, SensitiveAttribute, SensitiveAttribute]
    | [SensitiveAttribute, SensitiveAttribute, SensitiveAttribute, SensitiveAttribute, SensitiveAttribute]
    | [SensitiveAttribute, SensitiveAttribute, SensitiveAttribute, SensitiveAttribute, SensitiveAttribute, SensitiveAttribute]
    | [
        SensitiveAttribute,
        SensitiveAttribute,
        SensitiveAttribute,
        SensitiveAttribute,
        SensitiveAttribute,
        SensitiveAttribute,
        SensitiveAttribute
      ]
    | [
        SensitiveAttribute,
        SensitiveAttribute,
        SensitiveAttribute,
        SensitiveAttribute,
        SensitiveAttribute,
        SensitiveAttribute,
        SensitiveAttribute,
        SensitiveAttribute
      ]
  /**
   * What the events of a person show together: rare codes, the number of visits, the time between them.
   *
   * @maxItems 8
   */
  patterns?:
    | []
    | [Pattern]
    | [Pattern, Pattern]
    | [Pattern, Pattern, Pattern]
    | [Pattern, Pattern, Pattern, Pattern]
    | [Pattern, Pattern, Pattern, Pattern, Pattern]
    | [Pattern, Pattern, Pattern, Pattern, Pattern, Pattern]
    | [Pattern, Pattern, Pattern, Pattern, Pattern, Pattern, Pattern]
    | [Pattern, Pattern, Pattern, Pattern, Pattern, Pattern, Pattern, Pattern]
  /**
   * What a choice of levels costs. Default: loss.
   */
  metric?: 'loss' | 'precision' | 'discernibility' | 'average-class-size'
}
export interface QuasiIdentifier {
  name: RiskName
  from: RiskPaths
  /**
   * year: of a date that leaves only the year can be looked up, for its day was shifted.
   */
  as?: 'year'
  /**
   * Events that tell it, too (a discharge because of death): wherever in a record such a code stands, the last date of that record counts. At every level the elements that hold one go.
   */
  codes?: RiskCodes
  /**
   * Of a person of whom none of these elements leaves. class (the default): to have none is a value like any, and k others have to share it. suppress: the person is not released.
   */
  missing?: 'class' | 'suppress'
  levels: RiskLevels
  because: Sentence
  source: Sentence
}
export interface SensitiveAttribute {
  name: RiskName
  from: RiskPaths
  /**
   * Value → the codes that mean it. Whoever has several has each of them: a group all of whom share one tells it. To have none is no secret: l is not asked of a group in which nobody has any.
   */
  values: {
    [k: string]: RiskCodes
  }
  because: Sentence
  source: Sentence
}
/**
 * How many records of a type leave of a person, in bands: who is alone in a band is suppressed.
 */
export interface VisitsPattern {
  name: RiskName
  kind: 'visits'
  on: string
  edges: RiskEdges
  because: Sentence
  source: Sentence
}
/**
 * The longest time between two dates that follow each other, in bands of days.
 */
export interface IntervalPattern {
  name: RiskName
  kind: 'interval'
  from: RiskPaths
  edges: RiskEdges
  because: Sentence
  source: Sentence
}
/**
 * Which of these codes a person has: rolled up to their parents, or removed, level by level. `from` says where they usually stand. At every level an element that holds one, and is none the level makes coarser, goes.
 */
export interface RareCodePattern {
  name: RiskName
  kind: 'rare-code'
  from: RiskPaths
  codes: RiskCodes
  levels: RiskLevels
  because: Sentence
  source: Sentence
}
/**
 * A profile of which no record leaves: indicators are computed, and only counts leave.
 */
export interface AggregateProfile {
  /**
   * Also the name of its folder.
   */
  name: string
  /**
   * Counts up with every change.
   */
  version: number
  /**
   * The legal ground a release under this profile stands on.
   */
  mode: 'aggregate-only'
  /**
   * One sentence: what leaves under this profile.
   */
  title: string
  /**
   * The rule of law, as cited.
   */
  legalBasis: string
  /**
   * The indicators that leave, each as a MeasureReport; each once.
   *
   * @minItems 1
   */
  measures: [Indicator, ...Indicator[]]
  /**
   * By what the indicators are told, each alone and both together: the year of discharge, and the administrative sex of the patient.
   */
  strata: {
    year: Ground
    sex: Ground
  }
  /**
   * Which cells are hidden.
   */
  cells: {
    /**
     * The least number of different patients behind a number that is told; an agreement may ask for more (its k), not for less.
     */
    floor: number
    /**
     * Further cells are hidden, so that no hidden one can be computed from totals, shares or an earlier release.
     */
    complementary: true
    because: Sentence
    source: Sentence
  }
}
export interface Indicator {
  /**
   * readmission-30: stays after which another admission followed within 30 days of discharge, and their share. length-of-stay: number of stays and their mean length in days.
   */
  name: 'readmission-30' | 'length-of-stay'
  because: Sentence
  source: Sentence
}
/**
 * Why, and on what ground.
 */
export interface Ground {
  because: Sentence
  source: Sentence
}
/**
 * How the values of a column are made coarser. What it does not cover is one class of its own.
 */
export type Generalisation = GuessedLevels | WholeLevels | DateLevels | PrefixLevels | BinLevels | EdgeLevels | ValueLevels

/**
 * What sallyport risk report measures, and how values may be made coarser. Options of the command stand instead of what is said here.
 */
export interface RiskPlan {
  /**
   * By column (of nested records a path such as address.postalCode, of FHIR Patient.birthDate): how its values are made coarser, level by level. Each level must fit into the one above; '*' is the last unless keep is true.
   */
  quasiIdentifiers?: {
    [k: string]: Generalisation
  }
  /**
   * By column: what must not be learned of a person. equal: any two values are as far apart as any others; ordered: by their places in order (numbers as numbers).
   */
  sensitive?: {
    [k: string]: 'equal' | 'ordered'
  }
  /**
   * Rows every group must have.
   */
  k?: number
  /**
   * Distinct values of each sensitive column every group must have.
   */
  l?: number
  /**
   * Of each sensitive column every group must be as uncertain as so many equally frequent values.
   */
  entropyL?: number
  /**
   * How far the values of a group may be from those of the whole table.
   */
  t?: number
  /**
   * Share of rows that a generalisation may suppress. Default 0.
   */
  suppress?: number
  /**
   * What the cheapest generalisation is cheapest by. Default loss.
   */
  metric?: 'loss' | 'precision' | 'discernibility' | 'average-class-size'
  /**
   * class: missing is a value of its own (default). wildcard: in sizes of groups, k and risks it may be any value.
   */
  missing?: 'class' | 'wildcard'
  /**
   * How many people the rows were drawn from.
   */
  population?: number
  /**
   * Rows with a higher risk are counted as at risk. Default 1 / k, or 1 / 11.
   */
  threshold?: number
}
/**
 * By the name and the values of the column.
 */
export interface GuessedLevels {
  kind: 'guess'
}
/**
 * As it is or not at all; with keep always as it is.
 */
export interface WholeLevels {
  kind: 'whole'
  keep?: boolean
}
/**
 * ISO dates: month, year, or so many years.
 */
export interface DateLevels {
  kind: 'dates'
  /**
   * @minItems 1
   * @maxItems 16
   */
  levels:
    | [('month' | 'year') | number]
    | [('month' | 'year') | number, ('month' | 'year') | number]
    | [('month' | 'year') | number, ('month' | 'year') | number, ('month' | 'year') | number]
    | [('month' | 'year') | number, ('month' | 'year') | number, ('month' | 'year') | number, ('month' | 'year') | number]
    | [
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number
      ]
    | [
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number
      ]
    | [
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number
      ]
    | [
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number
      ]
    | [
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number
      ]
    | [
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number
      ]
    | [
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number
      ]
    | [
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number
      ]
    | [
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number
      ]
    | [
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number
      ]
    | [
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number
      ]
    | [
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number,
        ('month' | 'year') | number
      ]
  keep?: boolean
}
/**
 * The first so many characters, fewer at each level.
 */
export interface PrefixLevels {
  kind: 'prefix'
  /**
   * @minItems 1
   * @maxItems 16
   */
  lengths:
    | [number]
    | [number, number]
    | [number, number, number]
    | [number, number, number, number]
    | [number, number, number, number, number]
    | [number, number, number, number, number, number]
    | [number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number, number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number, number, number, number, number, number, number, number, number]
  keep?: boolean
}
/**
 * Numbers in bins of a width, each width a multiple of the one before, counted from `from` (default 0).
 */
export interface BinLevels {
  kind: 'bins'
  /**
   * @minItems 1
   * @maxItems 16
   */
  widths:
    | [number]
    | [number, number]
    | [number, number, number]
    | [number, number, number, number]
    | [number, number, number, number, number]
    | [number, number, number, number, number, number]
    | [number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number, number, number, number, number, number, number, number]
    | [number, number, number, number, number, number, number, number, number, number, number, number, number, number, number, number]
  from?: number
  keep?: boolean
}
/**
 * Numbers between edges; a band begins with its edge. The edges of a level are some of those before.
 */
export interface EdgeLevels {
  kind: 'edges'
  /**
   * @minItems 1
   * @maxItems 16
   */
  levels:
    | [[number, ...number[]]]
    | [[number, ...number[]], [number, ...number[]]]
    | [[number, ...number[]], [number, ...number[]], [number, ...number[]]]
    | [[number, ...number[]], [number, ...number[]], [number, ...number[]], [number, ...number[]]]
    | [[number, ...number[]], [number, ...number[]], [number, ...number[]], [number, ...number[]], [number, ...number[]]]
    | [
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]]
      ]
    | [
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]]
      ]
    | [
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]]
      ]
    | [
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]]
      ]
    | [
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]]
      ]
    | [
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]]
      ]
    | [
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]]
      ]
    | [
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]]
      ]
    | [
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]]
      ]
    | [
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]]
      ]
    | [
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]],
        [number, ...number[]]
      ]
  keep?: boolean
}
/**
 * By value what it becomes at level 1, 2, and so on. All have as many.
 */
export interface ValueLevels {
  kind: 'values'
  parents: {
    /**
     * @minItems 1
     * @maxItems 16
     */
    [k: string]:
      | [string]
      | [string, string]
      | [string, string, string]
      | [string, string, string, string]
      | [string, string, string, string, string]
      | [string, string, string, string, string, string]
      | [string, string, string, string, string, string, string]
      | [string, string, string, string, string, string, string, string]
      | [string, string, string, string, string, string, string, string, string]
      | [string, string, string, string, string, string, string, string, string, string]
      | [string, string, string, string, string, string, string, string, string, string, string]
      | [string, string, string, string, string, string, string, string, string, string, string, string]
      | [string, string, string, string, string, string, string, string, string, string, string, string, string]
      | [string, string, string, string, string, string, string, string, string, string, string, string, string, string]
      | [string, string, string, string, string, string, string, string, string, string, string, string, string, string, string]
      | [string, string, string, string, string, string, string, string, string, string, string, string, string, string, string, string]
  }
  keep?: boolean
}
