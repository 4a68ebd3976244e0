/** A rule of the list in words, for an officer's eyes. Decides nothing. */
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
