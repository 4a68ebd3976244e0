/** A rule of the list in words, for an officer's eyes, and its kind and scope as a name that tells of nobody. Decides nothing. */
import type { Rule } from './rule.ts'

export function ruleWords(rule: Rule): string {
  switch (rule.kind) {
    case 'list': {
      const { recipient, purpose, category, provider } = rule
      const named: readonly (readonly [string, string | null])[] = [
        ['to', recipient],
        ['for', purpose],
        ['of', category],
        ['by', provider]
      ]
      const words = named.flatMap(([word, name]) => (name === null ? [] : [`${word} ${name}`]))
      return words.length === 0 ? 'everything' : `records ${words.join(' ')}`
    }
    case 'self-pay':
      return `paid out of pocket, to ${rule.recipient}: ${rule.items.join(' ')}`
    case 'consent':
      return rule.provision === null ? 'by a Consent: everything' : 'by a Consent'
    default:
      return 'everything'
  }
}

/** Which members it names, and never whom or what they hold: a provider is a person. */
export function ruleName(rule: Rule): string {
  if (rule.kind !== 'list') return rule.kind === 'self-pay' ? 'consent/self-pay' : 'consent/fhir-consent'
  const named = (['recipient', 'purpose', 'category', 'provider'] as const).filter((member) => rule[member] !== null)
  return `consent/list/${named.length === 0 ? 'everything' : named.join('+')}`
}
