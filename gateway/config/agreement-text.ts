/**
 * The text of an agreement that was sent, and not read from the folder: by the same schema and rules, among the parties and profiles as they are loaded. Refuses
 * nothing: faults are told, with JSON pointers into the text.
 */
import type { HashedAgreement, Policies } from '../core/agreement/policies.ts'
import type { Fault } from '../core/errors.ts'
import { judgeAgreement } from './policies.ts'
import { createPolicyReaders, parseText } from './policy-file.ts'

interface Inspected {
  /** null when its shape is wrong */
  readonly agreement: HashedAgreement | null
  readonly faults: readonly Fault[]
}

/** The functions take UTF-8; `proposal` takes {agreement, word}, and `word` is '' where that is none. */
interface AgreementTexts {
  inspect(text: string): Inspected
  proposal(text: string): Inspected & { readonly word: string }
}

export function agreementTexts(around: () => Pick<Policies, 'parties' | 'profiles'>): AgreementTexts {
  const { agreementValue } = createPolicyReaders()
  const judge = (document: unknown): Inspected => {
    const read = agreementValue(document)
    return 'faults' in read ? { agreement: null, faults: read.faults } : judgeAgreement(read.document, around())
  }
  return {
    inspect: (text) => {
      const parsed = parseText(Buffer.from(text, 'utf8'))
      return 'faults' in parsed ? { agreement: null, faults: parsed.faults } : judge(parsed.document)
    },
    proposal: (text) => {
      const parsed = parseText(Buffer.from(text, 'utf8'))
      if ('faults' in parsed) return { agreement: null, faults: parsed.faults, word: '' }
      const { agreement, word, ...rest } = Object(parsed.document) as { readonly [member: string]: unknown } // its members are looked at one by one
      if (typeof word !== 'string' || Object.keys(rest).length > 0)
        return {
          agreement: null,
          faults: [{ path: '', message: 'must be {agreement, word}: the text, and the signed proposal of it' }],
          word: ''
        }
      return { ...judge(agreement), word }
    }
  }
}
