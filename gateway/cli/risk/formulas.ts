/** How each number of a report is counted, and by whom it was published: for whoever must defend it. Decides nothing; core/risk counts so. */
import type { Report } from './report.ts'

interface Formula {
  readonly of: string
  readonly text: string
}

const SIZES: readonly Formula[] = [
  { of: 'k', text: 'size f of the smallest group of rows equal in all quasi-identifiers (Sweeney 2002)' },
  { of: 'prosecutor', text: '1 / f; average: groups / rows (El Emam 2013, chapter 16)' },
  { of: 'alone in their group', text: 'rows with f = 1' }
]
const SAMPLE: Formula = {
  of: 'marketer',
  text: 'the average of the prosecutor, as if all people were in the data (Dankar and El Emam 2010)'
}
const POPULATION: readonly Formula[] = [
  {
    of: 'journalist',
    text: 'expected 1 / F of a group of F people of whom f were drawn, F | f negative binomial (Benedetti and Franconi 1998); El Emam 2013, chapter 16'
  },
  { of: 'marketer', text: 'Σ f / F / rows: the average of the journalist (Dankar and El Emam 2010)' },
  {
    of: 'alone in the population',
    text: 'Pitman (Hoshino 2001) up to a tenth sampled, else the smaller of the slide negative binomial (Chen and Keller-McNulty 1998) and Zayatz 1991 (rule of Dankar, El Emam, Neisa and Roffey 2012)'
  }
]
const SENSITIVE: readonly Formula[] = [
  { of: 'distinct l', text: 'fewest different values of a group (Machanavajjhala et al. 2007)' },
  { of: 'entropy l', text: 'least exp(-Σ p ln p) of a group, p the share of a value (Machanavajjhala et al. 2007)' },
  {
    of: 't',
    text: 'greatest earth mover’s distance of a group from all rows: equal ½ Σ |p - q|, ordered Σ |Σ (p - q)| / (m - 1) (Li et al. 2007)'
  }
]
const SEARCH: Formula = {
  of: 'cheapest generalisation',
  text: 'all nodes of the lattice that can be better are looked at (Kohlmayer et al. 2012); loss after Iyengar 2002, precision Sweeney 2002, discernibility Bayardo and Agrawal 2005, average class size LeFevre et al. 2006'
}

/** Of what the report tells. */
export function formulasOf({ risk, sensitive, search }: Report): Formula[] {
  return [
    ...SIZES,
    ...(risk.population === null ? [SAMPLE] : POPULATION),
    ...(sensitive.length === 0 ? [] : SENSITIVE),
    ...(search === null ? [] : [SEARCH])
  ]
}
