/**
 * Which labelled values may stand under 45 CFR 164.514(b)(2)(i), so that to leave one is no miss: judged from label and value alone, never from what a
 * scrubber did. The tables print recall both ways, with these counted as identifiers and without.
 */

type Rule = readonly [reason: string, labels: ReadonlySet<string>, stands: (value: string) => boolean]

const PLACES = new Set(['GPE', 'GEOGRAPHIC_LOCATION', 'LOCATION', 'STREET_ADDRESS', 'PLACE'])
const DATES = new Set(['DATE', 'DATE_TIME'])
const AGES = new Set(['AGE'])
/** Of presidio: forms of address, nationalities and faiths, and companies, which identify only as someone's employer. */
const OTHERS = new Set(['TITLE', 'NRP', 'ORGANIZATION'])

const STATES = new Set(
  (
    'alabama,alaska,arizona,arkansas,california,colorado,connecticut,delaware,florida,georgia,hawaii,idaho,illinois,indiana,iowa,kansas,kentucky,' +
    'louisiana,maine,maryland,massachusetts,michigan,minnesota,mississippi,missouri,montana,nebraska,nevada,new hampshire,new jersey,new mexico,' +
    'new york,north carolina,north dakota,ohio,oklahoma,oregon,pennsylvania,rhode island,south carolina,south dakota,tennessee,texas,utah,vermont,' +
    'virginia,washington,west virginia,wisconsin,wyoming,district of columbia,puerto rico,' +
    'al,ak,az,ar,ca,co,ct,de,fl,ga,hi,id,il,in,ia,ks,ky,la,me,md,ma,mi,mn,ms,mo,mt,ne,nv,nh,nj,nm,ny,nc,nd,oh,ok,or,pa,ri,sc,sd,tn,tx,ut,vt,va,wa,' +
    'wv,wi,wy,dc,pr,us,usa,u.s.,uk'
  ).split(',')
)

const COUNTRIES = countries()

function countries(): ReadonlySet<string> {
  const names = new Intl.DisplayNames(['en'], { type: 'region', fallback: 'none' })
  const letters = Array.from({ length: 26 }, (_, at) => String.fromCharCode(65 + at))
  const all = letters.flatMap((first) => letters.map((second) => names.of(first + second)?.toLowerCase()))
  return new Set([...all.filter((name) => name !== undefined), 'czech republic'])
}

const RULES: readonly Rule[] = [
  ['a state or a country: (B) asks for what is smaller', PLACES, (value) => STATES.has(value) || COUNTRIES.has(value)],
  ['a year or a decade alone: (C) lets years stand', DATES, (value) => /^(?:in |since )?(?:19|20)\d\ds?$/.test(value)],
  ['an age of 89 or less: (C)', AGES, (value) => !/ninet|hundred/.test(value) && Number(/\d+/.exec(value)?.[0] ?? 0) < 90],
  ['none of the eighteen: titles, nationalities, companies', OTHERS, () => true]
]

/** Why the value may stand, or null: it may not. */
export function lawful(label: string, value: string): string | null {
  const plain = value.trim().toLowerCase()
  return RULES.find(([, labels, stands]) => labels.has(label) && stands(plain))?.[0] ?? null
}
