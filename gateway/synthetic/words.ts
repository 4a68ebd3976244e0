/**
 * The generator's own words: invented names, streets and towns that look like names and belong to nobody. Towns do not
 * exist; states and ZIP prefixes do, because Safe Harbor's ZIP rule needs real populations (45 CFR 164.514(b)(2)(i)(B)).
 */

export const GIVEN_FEMALE = [
  'Avelyn',
  'Brisalda',
  'Corisande',
  'Delwyn',
  'Elowisa',
  'Faryn',
  'Gwenora',
  'Halcyone',
  'Isaura',
  'Jorunne',
  'Kestrela',
  'Lirien',
  'Maravel',
  'Nerissa',
  'Odelyn',
  'Perenna',
  'Quillane',
  'Rosamira',
  'Sunniva',
  'Tamsyn',
  'Ulrikke',
  'Vesperine',
  'Wrenna',
  'Xanthea',
  'Ysolde',
  'Zephyra',
  'Amabelle',
  'Bellamira',
  'Clovia',
  'Dorabeth',
  'Emberly',
  'Florine'
] as const

export const GIVEN_MALE = [
  'Aldous',
  'Bramwell',
  'Corwin',
  'Dorian',
  'Evander',
  'Fennimore',
  'Garrick',
  'Hadrian',
  'Isidor',
  'Jarlath',
  'Kelvyn',
  'Leofric',
  'Merrick',
  'Niall',
  'Osbert',
  'Peregrin',
  'Quennell',
  'Roderic',
  'Sorley',
  'Thaddeus',
  'Ulric',
  'Valerian',
  'Wystan',
  'Xavian',
  'Yorath',
  'Zebulon',
  'Ambrose',
  'Barnaby',
  'Caspian',
  'Dunstan',
  'Emeric',
  'Florian'
] as const

/** Two and three letters: what careless text scrubbing misses. */
export const GIVEN_SHORT = ['Bo', 'Li', 'Jo', 'Vi', 'Ty', 'Ewa', 'Ida', 'Oda', 'Gus', 'Ulf'] as const
export const FAMILY_SHORT = ['Ng', 'Wu', 'Oz', 'Ek', 'Ito', 'Poe', 'Voss', 'Rao', 'Abe', 'Quo'] as const

/** Names that are also words. */
export const GIVEN_WORDS = ['Hope', 'Grace', 'Will', 'Dawn', 'Mark', 'Jade'] as const
export const FAMILY_WORDS = ['Winter', 'Stone', 'Park', 'Sharp', 'Frost', 'Bishop'] as const

const FAMILY_START = [
  'Alder',
  'Ash',
  'Barrow',
  'Birch',
  'Bramble',
  'Brindle',
  'Cinder',
  'Clover',
  'Crane',
  'Dapple',
  'Ember',
  'Fallow',
  'Fern',
  'Finch',
  'Gorse',
  'Harrow',
  'Hazel',
  'Heather',
  'Ivory',
  'Juniper',
  'Kestrel',
  'Lark',
  'Linden',
  'Maple',
  'Marl',
  'Nettle',
  'Oaken',
  'Otter',
  'Pebble',
  'Quarry',
  'Raven',
  'Rowan',
  'Sedge',
  'Sparrow',
  'Tansy',
  'Thistle',
  'Umber',
  'Willow',
  'Yarrow',
  'Wether'
] as const
const FAMILY_END = [
  'bourne',
  'by',
  'combe',
  'cote',
  'croft',
  'dale',
  'den',
  'field',
  'ford',
  'garth',
  'gate',
  'ham',
  'holt',
  'hurst',
  'ley',
  'lund',
  'mere',
  'more',
  'ridge',
  'shaw',
  'stead',
  'thorpe',
  'thwaite',
  'ton',
  'vale',
  'wick',
  'wold',
  'worth'
] as const

/** 1,120 family names. */
export const FAMILY = FAMILY_START.flatMap((start) => FAMILY_END.map((end) => start + end))

export const STREETS = [
  'Larkspur Lane',
  'Copperbeech Road',
  'Millrace Court',
  'Foxglove Way',
  'Saddleback Drive',
  'Tollhouse Street',
  'Weathervane Avenue',
  'Hollyhock Terrace',
  'Ropewalk Place',
  'Lanternfish Boulevard',
  'Windlass Street',
  'Marigold Circle'
] as const

export interface Place {
  readonly town: string
  readonly state: string
  readonly zip3: string
  readonly areaCode: string
  readonly weight: number
}

const NEAR: readonly Place[] = [
  { town: 'Alderbrook Falls', state: 'MA', zip3: '021', areaCode: '617', weight: 50 },
  { town: 'Netherby', state: 'MA', zip3: '018', areaCode: '978', weight: 27 },
  { town: 'Quillhaven', state: 'MA', zip3: '010', areaCode: '413', weight: 14 },
  { town: 'Port Lantern', state: 'NH', zip3: '031', areaCode: '603', weight: 4 },
  { town: 'Saltmarsh', state: 'RI', zip3: '029', areaCode: '401', weight: 2.5 }
]

/** ZIP areas of 20,000 people or fewer (2020 census): their three digits must become 000. */
const RARE: readonly Place[] = [
  { town: 'Cold Hollow', state: 'NH', zip3: '036', areaCode: '603', weight: 1 },
  { town: 'Granite Notch', state: 'VT', zip3: '059', areaCode: '802', weight: 0.6 },
  { town: 'Gull Harbor', state: 'MN', zip3: '556', areaCode: '218', weight: 0.3 },
  { town: 'Sandhill Crossing', state: 'NE', zip3: '692', areaCode: '308', weight: 0.2 },
  { town: 'Geyser Flat', state: 'WY', zip3: '821', areaCode: '307', weight: 0.2 },
  { town: 'Piedra Seca', state: 'NM', zip3: '878', areaCode: '575', weight: 0.2 }
]

export const PLACES: readonly Place[] = [...NEAR, ...RARE]
